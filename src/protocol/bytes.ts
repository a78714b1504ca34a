import { ProtocolError } from "./protocol-error.ts";
import { readVarint } from "./read-varint.ts";
import { decodeUtf8, encodeUtf8Into, utf8Length } from "./text.ts";
import { LONGEST_VARINT_BYTES, putVarint, varintLength } from "./varint.ts";

const EMPTY = new Uint8Array(0);

/** Writers take their memory from the front of one slab. Larger ones make fewer allocations, smaller ones pin less. */
const SLAB_BYTES = 32_768;
/** The least that a writer claims of the slab. */
const LEAST_CLAIM_BYTES = 256;
/** What is larger gets memory of its own, so that a slab is not thrown away half used. */
const LARGEST_CLAIM_BYTES = SLAB_BYTES / 4;
/** Up to this length it is cheaper to claim three bytes a character, the most there can be, than to count. */
const SHORT_TEXT_CHARACTERS = 1024;

/** The slab that writers claim from now, and how much of it is claimed. What lies before is never claimed again. */
let slab = EMPTY;
let claimed = 0;

/** What clients write frames to. */
export interface FieldWriter {
  /** How many bytes were written and have not left. */
  readonly length: number;
  /**
   * Writes a frame: numbers as varints, texts as strings, bytes as they are. Flags and the like are bytes on the wire, and
   * below 128, where both are the same.
   */
  frame(type: number, fields: readonly (number | string | Uint8Array)[]): void;
}

/** What frames are written to. Those that are written by the thousand have functions of their own, field by field. */
export interface FrameWriter extends FieldWriter {
  byte(value: number): void;
  /** Writes an integer of 0 to 2^53 - 1 as LEB128, in its shortest form. */
  varint(value: number): void;
  /** Writes a string: its length in bytes, then UTF-8. */
  string(text: string): void;
  bytes(bytes: Uint8Array): void;
  /** Writes text as UTF-8, or bytes as they are; nothing tells where they end. */
  payload(payload: string | Uint8Array): void;
  /** Begins a frame: what is written until `endFrame` is its body, of about `expectedBytes`. */
  beginFrame(type: number, expectedBytes?: number): void;
  /** Ends the frame: puts its length before it, in the shortest form. */
  endFrame(): void;
  /** Hands over what was written, and begins afresh. */
  take(): Uint8Array<ArrayBuffer>;
}

/**
 * Collects bytes to send.
 *
 * There is a writer for each connection, so one that has nothing written holds no memory. Memory that `take` handed
 * over is never written again, since the socket may still be reading it.
 */
export class ByteWriter implements FrameWriter {
  #bytes = EMPTY;
  #start = 0;
  #at = 0;
  /** Where this writer's claim of `#bytes` ends. */
  #end = 0;
  /** Counted from `#start`, since bytes move when a claim grows. */
  #frameStart = 0;
  #prefixLength = 0;
  /** A busy writer claims at once what it needed the last time. */
  #lastLength = 0;

  /** How many bytes were written since the last `take`. */
  get length(): number {
    return this.#at - this.#start;
  }

  byte(value: number): void {
    if (this.#at === this.#end) this.#claim(1);
    this.#bytes[this.#at++] = value;
  }

  /** Writes an integer of 0 to 2^53 - 1 as LEB128, in its shortest form. */
  varint(value: number): void {
    if (this.#end - this.#at < LONGEST_VARINT_BYTES) this.#claim(LONGEST_VARINT_BYTES);
    this.#at = putVarint(value, this.#bytes, this.#at);
  }

  /** Writes a string: its length in bytes, then UTF-8. */
  string(text: string): void {
    this.varint(utf8Length(text));
    this.#text(text);
  }

  bytes(bytes: Uint8Array): void {
    if (this.#end - this.#at < bytes.length) this.#claim(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Writes text as UTF-8, or bytes as they are; nothing tells where they end. */
  payload(payload: string | Uint8Array): void {
    if (typeof payload === "string") this.#text(payload);
    else this.bytes(payload);
  }

  /**
   * Begins a frame: what is written until `endFrame` is its body.
   *
   * With a good guess at the body's length, the body need not move when the length is known.
   */
  beginFrame(type: number, expectedBytes = 0): void {
    this.#prefixLength = varintLength(expectedBytes + 1);
    if (this.#end - this.#at <= this.#prefixLength) this.#claim(this.#prefixLength + 1);
    this.#frameStart = this.length;
    this.#at += this.#prefixLength;
    this.#bytes[this.#at++] = type;
  }

  /** Ends the frame: puts its length before it, in the shortest form. */
  endFrame(): void {
    const length = this.length - this.#frameStart - this.#prefixLength;
    const shift = varintLength(length) - this.#prefixLength;
    if (shift !== 0) this.#moveBody(shift);
    putVarint(length, this.#bytes, this.#start + this.#frameStart);
  }

  frame(type: number, fields: readonly (number | string | Uint8Array)[]): void {
    this.beginFrame(type);
    for (const field of fields) {
      if (typeof field === "number") this.varint(field);
      else if (typeof field === "string") this.string(field);
      else this.bytes(field);
    }
    this.endFrame();
  }

  /** What was written since the last `take`; good until the next write. */
  view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#start, this.#at);
  }

  /** Hands over what was written, and begins afresh. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.view();
    if (this.#isLastClaim()) claimed = this.#at;
    this.#lastLength = taken.length;
    this.#bytes = EMPTY;
    this.#start = this.#at = this.#end = 0;
    return taken;
  }

  /** Moves what was written out of the slab: it will wait here, and would keep all of it. */
  moveOut(): void {
    const { length } = this;
    if (this.#bytes.length <= 2 * length + LEAST_CLAIM_BYTES) return;
    const own = new Uint8Array(2 * length);
    own.set(this.view());
    if (this.#isLastClaim()) claimed = this.#start;
    this.#bytes = own;
    this.#start = 0;
    this.#at = length;
    this.#end = own.length;
  }

  #text(text: string): void {
    const room = text.length <= SHORT_TEXT_CHARACTERS ? text.length * 3 : utf8Length(text);
    if (this.#end - this.#at < room) this.#claim(room);
    this.#at = encodeUtf8Into(text, this.#bytes, this.#at);
  }

  /** Moves the frame's body, for a prefix that is longer or shorter than was expected. */
  #moveBody(shift: number): void {
    if (this.#end - this.#at < shift) this.#claim(shift);
    const bodyStart = this.#start + this.#frameStart + this.#prefixLength;
    this.#bytes.copyWithin(bodyStart + shift, bodyStart, this.#at);
    this.#at += shift;
  }

  /** Makes room for `count` more bytes, and for as many again as there are, so that copying stays in proportion. */
  #claim(count: number): void {
    const written = this.length;
    const wanted = written + Math.max(count, written > 0 ? written : this.#firstClaim());
    if (this.#isLastClaim()) {
      // Rather less than is wanted, here, than a copy somewhere else.
      const most = Math.min(wanted, LARGEST_CLAIM_BYTES, slab.length - this.#start);
      if (written + count <= most) {
        claimed = this.#end = this.#start + most;
        return;
      }
    }
    const old = this.#bytes;
    const oldStart = this.#start;
    if (wanted > LARGEST_CLAIM_BYTES) {
      this.#bytes = new Uint8Array(wanted);
      this.#start = 0;
      this.#end = wanted;
    } else {
      if (slab.length - claimed < wanted) {
        slab = new Uint8Array(SLAB_BYTES);
        claimed = 0;
      }
      this.#bytes = slab;
      this.#start = claimed;
      claimed = this.#end = this.#start + wanted;
    }
    this.#at = this.#start + written;
    if (written > 0) this.#bytes.set(old.subarray(oldStart, oldStart + written), this.#start);
  }

  /** Whether the slab's latest claim is this writer's, so that it can grow, or give back what it does not need. */
  #isLastClaim(): boolean {
    return this.#bytes === slab && this.#end === claimed;
  }

  #firstClaim(): number {
    // The last text is given room for the longest that it could be.
    return Math.min(this.#lastLength + LEAST_CLAIM_BYTES, LARGEST_CLAIM_BYTES);
  }
}

/** What frames are read from. */
export type FrameReader = Pick<ByteReader, "position" | "remaining" | "byte" | "varint" | "string" | "bytes" | "rest">;

/**
 * Reads the fields of a frame's body, in order.
 *
 * Throws `ProtocolError` when the body ends inside a field, and when an integer is not in its shortest form or is
 * above 2^53 - 1.
 */
export class ByteReader {
  /** What is read, and where in it the next field begins and the last one ends. One reader may serve many frames. */
  source: Uint8Array;
  position: number;
  end: number;

  constructor(source: Uint8Array, position = 0, end = source.length) {
    this.source = source;
    this.position = position;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  byte(): number {
    return this.source[this.#pass(1)] as number;
  }

  varint(): number {
    return readVarint(this);
  }

  /** Reads a string: its length in bytes, then UTF-8; bytes that are not UTF-8 become U+FFFD. */
  string(): string {
    const start = this.#pass(this.varint());
    return decodeUtf8(this.source, start, this.position);
  }

  /** The next `count` bytes, as a view. */
  bytes(count: number): Uint8Array {
    const start = this.#pass(count);
    return viewOf(this.source, start, this.position);
  }

  /** All the bytes that remain, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  /** Passes over so many bytes, and says where they begin. */
  #pass(count: number): number {
    const start = this.position;
    this.position += count;
    if (this.position > this.end) throw new ProtocolError("Frame ends inside a field", "§5.5");
    return start;
  }
}

/** A plain `Uint8Array` over part of `bytes`, also when these are a Node `Buffer`, whose `slice` does not copy. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
