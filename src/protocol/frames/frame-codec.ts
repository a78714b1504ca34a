import { ByteReader } from "../bytes.ts";
import type { Codec } from "../codec.ts";
import { ProtocolError } from "../protocol-error.ts";
import { LONGEST_VARINT_BYTES, varintLength } from "../varint.ts";
import { readAck } from "./ack.ts";
import { readAuth, readAuthed } from "./auth.ts";
import { readClose } from "./close.ts";
import { readEntry } from "./entry.ts";
import type { Frame } from "./frame.ts";
import { FIRST_OPTIONAL_TYPE, FrameType } from "./frame-type.ts";
import { readGap } from "./gap.ts";
import { readJoined } from "./joined.ts";
import { readLeft } from "./left.ts";
import { readMessage } from "./message.ts";
import { readOpen } from "./open.ts";
import { readOpened } from "./opened.ts";
import { readPing, readPong } from "./ping.ts";
import { readToken } from "./token.ts";

const EMPTY: Uint8Array = new Uint8Array(0);

/** The least that is allocated for a frame that did not arrive whole. */
const LEAST_PARTIAL_BYTES = 64;

/** Decoding is synchronous, so that one reader serves every connection. */
const reader = new ByteReader(EMPTY);

/**
 * Turns bytes into frames (`docs/protocol.md` §5).
 *
 * A frame that lies whole in one chunk is read where it is. One that runs over a chunk's end is collected in memory
 * of its own, so that a codec which waits for more never holds on to a chunk.
 */
export class FrameCodec implements Codec<Frame> {
  /** The longest frame that is accepted: its length field may say no more. */
  maxFrameBytes: number;

  #chunk = EMPTY;
  #at = 0;
  /** Chunks after `#chunk`, when the caller pushed on without taking what was there. */
  #later: Uint8Array[] | undefined;
  /** The beginning of a frame that ran over the end of its chunk: the first `#held` bytes. */
  #partial = EMPTY;
  #held = 0;
  /** How many bytes are still to be skipped, of a frame of optional type. */
  #skipping = 0;

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  push(bytes: Uint8Array): void {
    if (this.#at < this.#chunk.length) {
      this.#later ??= [];
      this.#later.push(bytes);
    } else {
      this.#chunk = bytes;
      this.#at = 0;
    }
  }

  next(): Frame | undefined {
    while (this.#hasBytes()) {
      if (this.#skipping > 0) {
        this.#skip();
      } else {
        const frame = this.#held > 0 ? this.#nextFromPartial() : this.#nextFromChunk();
        if (frame !== undefined) return frame;
      }
    }
    return undefined;
  }

  end(): void {
    if (this.#held > 0 || this.#skipping > 0) throw new ProtocolError("Input ends in the middle of a frame", "§5.9");
  }

  #hasBytes(): boolean {
    while (this.#at === this.#chunk.length) {
      this.#at = 0;
      this.#chunk = this.#later?.shift() ?? EMPTY;
      if (this.#chunk === EMPTY) {
        this.#later = undefined;
        return false;
      }
    }
    return true;
  }

  #nextFromChunk(): Frame | undefined {
    const chunk = this.#chunk;
    const length = peekLength(chunk, this.#at, chunk.length);
    const start = this.#at + varintLength(length);
    if (length < 0 || start === chunk.length) {
      this.#hold(LEAST_PARTIAL_BYTES);
      return undefined;
    }
    if (this.#isSkipped(length, chunk[start] as number)) {
      this.#skipping = length;
      this.#at = start;
      return undefined;
    }
    const end = start + length;
    if (end > chunk.length) {
      this.#hold(end - this.#at);
      return undefined;
    }
    const frame = readFrame(chunk, start, end);
    this.#at = end;
    return frame;
  }

  #nextFromPartial(): Frame | undefined {
    // Byte by byte, until the frame's length and type are known.
    let length = peekLength(this.#partial, 0, this.#held);
    while (length < 0 || this.#held <= varintLength(length)) {
      if (this.#at === this.#chunk.length) return undefined;
      this.#collect(1, LEAST_PARTIAL_BYTES);
      length = peekLength(this.#partial, 0, this.#held);
    }
    const start = varintLength(length);
    const total = start + length;
    if (this.#isSkipped(length, this.#partial[start] as number)) {
      this.#skipping = total - this.#held;
      this.#release();
      return undefined;
    }
    this.#collect(Math.min(total - this.#held, this.#chunk.length - this.#at), total);
    if (this.#held < total) return undefined;
    const frame = readFrame(this.#partial, start, total);
    this.#release();
    return frame;
  }

  /** Moves what is left of the chunk, the beginning of a frame, to memory of its own. */
  #hold(total: number): void {
    this.#collect(this.#chunk.length - this.#at, total);
  }

  /** Moves `count` bytes from the chunk to the partial frame, which will have `total` bytes if the peer is honest. */
  #collect(count: number, total: number): void {
    const held = this.#held + count;
    if (held > this.#partial.length) {
      // Twice what has arrived, and not what was announced: a peer pays for memory with bytes.
      const grown = new Uint8Array(Math.min(Math.max(2 * held, LEAST_PARTIAL_BYTES), Math.max(total, held)));
      grown.set(this.#partial.subarray(0, this.#held));
      this.#partial = grown;
    }
    this.#partial.set(this.#chunk.subarray(this.#at, this.#at + count), this.#held);
    this.#held = held;
    this.#at += count;
  }

  #release(): void {
    this.#partial = EMPTY;
    this.#held = 0;
  }

  #skip(): void {
    const count = Math.min(this.#skipping, this.#chunk.length - this.#at);
    this.#skipping -= count;
    this.#at += count;
  }

  /** Whether a frame is to be skipped; throws when it is neither that nor acceptable. */
  #isSkipped(length: number, type: number): boolean {
    if (type >= FIRST_OPTIONAL_TYPE) return true;
    if (length > this.maxFrameBytes) {
      throw new ProtocolError(`Frame longer than ${this.maxFrameBytes} bytes`, "§5.4", "message-too-big");
    }
    return false;
  }
}

/** The length that a frame begins with, or -1 when not all of it has arrived. */
function peekLength(bytes: Uint8Array, start: number, end: number): number {
  let last = start;
  while (last < end && (bytes[last] as number) >= 0x80 && last - start < LONGEST_VARINT_BYTES) last++;
  if (last === end) return -1;
  reader.reset(bytes, start, last + 1);
  const length = reader.varint();
  if (length === 0) throw new ProtocolError("Frame without a type", "§5.3");
  return length;
}

function readFrame(source: Uint8Array, start: number, end: number): Frame {
  reader.reset(source, start, end);
  const type = reader.byte();
  if (type === FrameType.message) return readMessage(reader, source, end);
  const frame = readBody(type);
  if (reader.remaining > 0) throw new ProtocolError("Frame has bytes after its last field", "§5.6");
  return frame;
}

function readBody(type: number): Frame {
  switch (type) {
    case FrameType.entry:
      return readEntry(reader);
    case FrameType.ack:
      return readAck(reader);
    case FrameType.ping:
      return readPing(reader);
    case FrameType.pong:
      return readPong(reader);
    case FrameType.open:
      return readOpen(reader);
    case FrameType.opened:
      return readOpened(reader);
    case FrameType.joined:
      return readJoined(reader);
    case FrameType.left:
      return readLeft(reader);
    case FrameType.gap:
      return readGap(reader);
    case FrameType.close:
      return readClose(reader);
    case FrameType.auth:
      return readAuth(reader);
    case FrameType.authed:
      return readAuthed(reader);
    case FrameType.token:
      return readToken(reader);
    default:
      throw new ProtocolError(`Unknown frame type ${type}`, "§5.8");
  }
}
