import { ByteQueue } from "../byte-queue.ts";
import { ByteReader } from "../bytes.ts";
import type { Codec } from "../codec.ts";
import { ProtocolError } from "../protocol-error.ts";
import { LONGEST_VARINT_BYTES } from "../varint.ts";
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

type FrameReader = (reader: ByteReader) => Frame;

const READERS: { readonly [type: number]: FrameReader } = {
  [FrameType.open]: readOpen,
  [FrameType.opened]: readOpened,
  [FrameType.message]: readMessage,
  [FrameType.entry]: readEntry,
  [FrameType.ack]: readAck,
  [FrameType.joined]: readJoined,
  [FrameType.left]: readLeft,
  [FrameType.gap]: readGap,
  [FrameType.ping]: readPing,
  [FrameType.pong]: readPong,
  [FrameType.close]: readClose,
  [FrameType.auth]: readAuth,
  [FrameType.authed]: readAuthed,
  [FrameType.token]: readToken,
};

const NOTHING: Uint8Array = new Uint8Array(0);

/** The least that is allocated for a frame that did not arrive whole. */
const LEAST_HELD_BYTES = 64;

/** Decoding is synchronous, so one reader serves every connection. */
const reader = new ByteReader(NOTHING);

/**
 * Turns bytes into frames (`docs/protocol.md` §5).
 *
 * The body of a frame that lies whole in one chunk is read where it is. The body of one that the network cut is
 * collected in memory of its own, so that a codec which waits for more never holds on to a chunk.
 */
export class FrameCodec implements Codec<Frame> {
  /** The longest frame that is accepted: what its length may say at most. */
  maxFrameBytes: number;

  readonly #queue = new ByteQueue();
  /** Of the frame whose header has been read; 0: none. */
  #type = 0;
  /** Bytes of its body that are still in the queue, or still to come. */
  #left = 0;
  /** Those that had to be moved out of the queue: the first `#heldLength` bytes. */
  #held = NOTHING;
  #heldLength = 0;

  constructor(maxFrameBytes: number) {
    this.maxFrameBytes = maxFrameBytes;
  }

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  next(): Frame | undefined {
    while (this.#type !== 0 || this.#readHeader()) {
      const arrived = this.#queue.length >= this.#left;
      if (this.#type >= FIRST_OPTIONAL_TYPE) this.#skip();
      else if (!arrived) this.#hold();
      else return this.#take();
      if (!arrived) break;
    }
    this.#queue.settle();
    return undefined;
  }

  end(): void {
    if (this.#type === 0 && this.#queue.length === 0) return;
    throw new ProtocolError("Input ends in the middle of a frame", "§5.9");
  }

  /** Reads and checks the next frame's length and type; false says that they are not all there yet. */
  #readHeader(): boolean {
    const { bytes, start, end } = this.#queue;
    let lengthEnd = start;
    while (lengthEnd < end && (bytes[lengthEnd] as number) >= 0x80 && lengthEnd - start < LONGEST_VARINT_BYTES) {
      lengthEnd++;
    }
    if (lengthEnd === end) return false;
    aim(bytes, start, lengthEnd + 1);
    const length = reader.varint();
    if (length === 0) throw new ProtocolError("Frame without a type", "§5.3");
    if (lengthEnd + 1 === end) return false;
    const type = bytes[lengthEnd + 1] as number;
    if (type < FIRST_OPTIONAL_TYPE) this.#check(type, length);
    this.#type = type;
    this.#left = length - 1;
    this.#queue.start = lengthEnd + 2;
    return true;
  }

  #check(type: number, length: number): void {
    if (!(type in READERS)) throw new ProtocolError(`Unknown frame type ${type}`, "§5.8");
    if (length > this.maxFrameBytes) {
      throw new ProtocolError(`Frame longer than ${this.maxFrameBytes} bytes`, "§5.4", "message-too-big");
    }
  }

  /** Reads the frame, all of whose body has arrived. */
  #take(): Frame {
    const isHeld = this.#heldLength > 0;
    if (isHeld) this.#hold();
    const bytes = isHeld ? this.#held : this.#queue.bytes;
    const start = isHeld ? 0 : this.#queue.start;
    const end = isHeld ? this.#heldLength : start + this.#left;
    const frame = readFrame(this.#type, bytes, start, end);
    this.#queue.start += this.#left;
    this.#type = this.#left = this.#heldLength = 0;
    this.#held = NOTHING;
    return frame;
  }

  #skip(): void {
    const count = Math.min(this.#queue.length, this.#left);
    this.#queue.start += count;
    this.#left -= count;
    if (this.#left === 0) this.#type = 0;
  }

  /** Moves what there is of the body out of the queue. */
  #hold(): void {
    const { bytes, start } = this.#queue;
    const count = Math.min(this.#queue.length, this.#left);
    const length = this.#heldLength + count;
    if (length > this.#held.length) {
      // Twice what has arrived, and not what was announced: a peer pays for memory with bytes.
      const most = length - count + this.#left;
      const grown = new Uint8Array(Math.min(Math.max(2 * length, LEAST_HELD_BYTES), most));
      grown.set(this.#held.subarray(0, this.#heldLength));
      this.#held = grown;
    }
    this.#held.set(bytes.subarray(start, start + count), this.#heldLength);
    this.#heldLength = length;
    this.#left -= count;
    this.#queue.start += count;
  }
}

/** Lets the reader read this. */
function aim(bytes: Uint8Array, start: number, end: number): void {
  reader.source = bytes;
  reader.position = start;
  reader.end = end;
}

function readFrame(type: number, bytes: Uint8Array, start: number, end: number): Frame {
  aim(bytes, start, end);
  const frame = (READERS[type] as FrameReader)(reader);
  if (reader.remaining > 0) throw new ProtocolError("Frame has bytes after its last field", "§5.6");
  return frame;
}
