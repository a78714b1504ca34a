import { ProtocolError } from "./protocol-error.ts";
import { decodeUtf8, encodeUtf8Into, utf8Length } from "./text.ts";

const EMPTY: Uint8Array = new Uint8Array(0);

/** Memory is allocated in slabs of this size, and handed out from the front, to all writers. */
const SLAB_BYTES = 32_768;
/** The least that a writer claims of a slab. */
const LEAST_CLAIM_BYTES = 256;
/** What is larger gets memory of its own, so that a slab is not thrown away half used. */
const LARGEST_CLAIM_BYTES = SLAB_BYTES / 4;
/** The longest varint that is allowed: 2^53 - 1, seven bits a byte. */
export const LONGEST_VARINT_BYTES = 8;
/** Up to here it is cheaper to claim three bytes a character than to count them first. */
const SHORT_TEXT = 1024;

/** The slab that writers now claim from, and how much of it is claimed. What lies before is never written again. */
let slab = EMPTY;
let claimed = 0;

/** How many bytes `value` takes as a varint in its shortest form. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/**
 * Collects bytes to send.
 *
 * A writer that has nothing written holds no memory: there is one for each connection. Memory that `take` has handed
 * over is never written again, since the socket may still be reading it.
 */
export class ByteWriter {
  #bytes = EMPTY;
  #start = 0;
  #at = 0;
  /** Where this writer's claim of `#bytes` ends. */
  #end = 0;
  #frameStart = 0;
  #prefixLength = 1;
  /** How much was taken the last time: a busy writer claims as much at once. */
  #lastTaken = 0;

  /** How many bytes have been written since the last `take`. */
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
    const length = utf8Length(text);
    this.varint(length);
    if (this.#end - this.#at < length) this.#claim(length);
    this.#at = encodeUtf8Into(text, this.#bytes, this.#at);
  }

  /** Writes text as UTF-8, or bytes as they are, without a length. */
  payload(payload: string | Uint8Array): void {
    if (typeof payload !== "string") {
      this.bytes(payload);
      return;
    }
    const room = payload.length <= SHORT_TEXT ? payload.length * 3 : utf8Length(payload);
    if (this.#end - this.#at < room) this.#claim(room);
    this.#at = encodeUtf8Into(payload, this.#bytes, this.#at);
  }

  bytes(bytes: Uint8Array): void {
    if (this.#end - this.#at < bytes.length) this.#claim(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /**
   * Begins a frame: what is written until `endFrame` is its body.
   *
   * `expectedBytes` is a guess at the body's length; a good one spares moving the body when its length is known.
   */
  beginFrame(type: number, expectedBytes = 0): void {
    this.#prefixLength = varintLength(expectedBytes + 1);
    if (this.#end - this.#at < this.#prefixLength + 1) this.#claim(this.#prefixLength + 1);
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

  /** What was written since the last `take`; good until the next write. */
  view(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#at);
  }

  /** Hands over what was written, and begins afresh. */
  take(): Uint8Array {
    const taken = this.view();
    // The last to claim gives back what it did not use.
    if (this.#bytes === slab && this.#end === claimed) claimed = this.#at;
    this.#lastTaken = taken.length;
    this.#bytes = EMPTY;
    this.#start = this.#at = this.#end = 0;
    return taken;
  }

  /** Moves the frame's body, for a prefix that is longer or shorter than was expected. */
  #moveBody(shift: number): void {
    if (this.#end - this.#at < shift) this.#claim(shift);
    const bodyStart = this.#start + this.#frameStart + this.#prefixLength;
    this.#bytes.copyWithin(bodyStart + shift, bodyStart, this.#at);
    this.#at += shift;
  }

  /** Makes room for `count` more bytes. */
  #claim(count: number): void {
    const written = this.length;
    const wanted = Math.max(written + count, Math.min(2 * written, LARGEST_CLAIM_BYTES), this.#firstClaim(written));
    if (this.#bytes === slab && this.#end === claimed && this.#start + wanted <= slab.length) {
      claimed = this.#end = this.#start + wanted;
      return;
    }
    const old = this.#bytes;
    const oldStart = this.#start;
    if (wanted > LARGEST_CLAIM_BYTES) {
      this.#bytes = new Uint8Array(Math.max(wanted, 2 * written));
      this.#start = 0;
      this.#end = this.#bytes.length;
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

  #firstClaim(written: number): number {
    if (written > 0) return 0;
    return Math.min(Math.max(this.#lastTaken, LEAST_CLAIM_BYTES), LARGEST_CLAIM_BYTES);
  }
}

/** Writes `value` at `at`, where there is room for it, and returns where it ends. */
function putVarint(value: number, bytes: Uint8Array, at: number): number {
  let rest = value;
  while (rest >= 0x8000_0000) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/**
 * Reads the fields of a frame's body, in order.
 *
 * Throws `ProtocolError` when the body ends inside a field and when an integer is not as §5.1 of `docs/protocol.md` wants it.
 */
export class ByteReader {
  #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Starts again, over other bytes: one reader serves many frames. */
  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  /** Where in the bytes the next field begins. */
  get position(): number {
    return this.#at;
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++] as number;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let length = 1; length <= LONGEST_VARINT_BYTES; length++) {
      const byte = this.byte();
      if (byte < 0x80) {
        if (byte === 0 && length > 1) throw new ProtocolError("Integer not in its shortest form", "§5.1");
        value += byte * scale;
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    throw new ProtocolError("Integer above 2^53 - 1", "§5.1");
  }

  /** Reads a string: its length in bytes, then UTF-8; bytes that are not UTF-8 become U+FFFD. */
  string(): string {
    const length = this.varint();
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    return decodeUtf8(this.#bytes, start, this.#at);
  }

  /** The next `count` bytes, as a view. */
  bytes(count: number): Uint8Array {
    this.#need(count);
    const view = viewOf(this.#bytes, this.#at, this.#at + count);
    this.#at += count;
    return view;
  }

  /** All the bytes that remain, as a view. */
  rest(): Uint8Array {
    return this.bytes(this.remaining);
  }

  #need(count: number): void {
    if (this.#end - this.#at < count) throw new ProtocolError("Frame ends inside a field", "§5.5");
  }
}

/** A plain `Uint8Array` over part of `bytes`, also when `bytes` is a Node `Buffer`, whose `slice` does not copy. */
export function viewOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}
