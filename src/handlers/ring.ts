import { encodeUtf8Into, utf8Length } from "../protocol/text.ts";

/** What every record begins with: its size, what it is, whose, the length of its payload, and two numbers. */
const HEADER_BYTES = 32;
const ALIGNMENT = 8;
/** Before the records: where writing and reading are, and whether somebody has to be told. */
const CONTROL_BYTES = 32;
const WRITTEN = 0;
const READ = 1;
const RUNG = 2;
const STARVED = 3;
/** What stands at the end of the memory when the next record did not fit there. */
const SKIP = 0;
/** Up to this length, text is given three bytes a character instead of being measured. */
const UNMEASURED_CHARACTERS = 1_024;

/** One thing that is told between threads. What the numbers mean is the kind's. */
export interface Telling {
  /** From 1. */
  readonly kind: number;
  readonly flags: number;
  readonly run: number;
  readonly a: number;
  readonly b: number;
}

/** A telling as it is read; the reader's own, and only until the next. `bytes` may be kept. */
export interface Told extends Telling {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Records on their way from one thread to another, in memory that both share: one writes, the other reads.
 *
 * What is written is there even if its writer dies at the next instruction, so what a handler was told is accepted is
 * never lost with its thread. It is bounded, so who writes faster than the other reads has to wait.
 */
abstract class Ring {
  readonly memory: SharedArrayBuffer;
  protected readonly control: Int32Array;
  protected readonly bytes: Uint8Array;
  protected readonly capacity: number;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.bytes = new Uint8Array(memory, CONTROL_BYTES);
    this.capacity = this.bytes.byteLength;
  }

  /** Memory for so many bytes of records: a power of two. */
  static allocate(capacity: number): SharedArrayBuffer {
    return new SharedArrayBuffer(CONTROL_BYTES + capacity);
  }
}

export class RingWriter extends Ring {
  readonly #ints = new Int32Array(this.memory, CONTROL_BYTES);
  readonly #floats = new Float64Array(this.memory, CONTROL_BYTES);
  #written = 0;

  /** The largest payload that goes this way: several have room. */
  get mostBytes(): number {
    return this.capacity / 8;
  }

  /** Whether there is room for a record without a payload. */
  get hasRoom(): boolean {
    return this.#reserve(HEADER_BYTES) >= 0;
  }

  /** Writes a record; false when there is no room for it now. `payload` has `mostBytes` at the most. */
  write(telling: Telling, payload: string | Uint8Array | undefined): boolean {
    const most = payload === undefined ? 0 : mostBytesOf(payload);
    const at = this.#reserve(HEADER_BYTES + aligned(most));
    if (at < 0) return false;
    const start = at + HEADER_BYTES;
    let end = start;
    if (typeof payload === "string") {
      end = encodeUtf8Into(payload, this.bytes, start);
    } else if (payload !== undefined) {
      this.bytes.set(payload, start);
      end = start + payload.byteLength;
    }
    const size = aligned(end - at);
    const ints = this.#ints;
    const floats = this.#floats;
    ints[at / 4] = size;
    ints[at / 4 + 1] = telling.kind | (telling.flags << 8);
    ints[at / 4 + 2] = telling.run;
    ints[at / 4 + 3] = end - start;
    floats[at / 8 + 2] = telling.a;
    floats[at / 8 + 3] = telling.b;
    this.#commit(size);
    return true;
  }

  /** Where a record of this size begins, in one piece; -1 when there is no room. */
  #reserve(size: number): number {
    const free = this.capacity - ((this.#written - Atomics.load(this.control, READ)) >>> 0);
    const at = this.#written & (this.capacity - 1);
    const toEnd = this.capacity - at;
    if (size <= toEnd) return size <= free ? at : -1;
    if (toEnd + size > free) return -1;
    this.#ints[at / 4] = toEnd;
    this.#ints[at / 4 + 1] = SKIP;
    this.#commit(toEnd);
    return 0;
  }

  #commit(size: number): void {
    this.#written = (this.#written + size) | 0;
    Atomics.store(this.control, WRITTEN, this.#written);
  }

  /** Whether the reader has to be told that something is here: it has not been since it last looked. */
  ring(): boolean {
    return Atomics.exchange(this.control, RUNG, 1) === 0;
  }

  /** Asks to be told when there is room. */
  starve(): void {
    Atomics.store(this.control, STARVED, 1);
  }
}

export class RingReader extends Ring {
  #read = 0;

  /** Gives everything that is here. True when the writer waits to be told of the room that this made. */
  drain(tell: (told: Told) => void): boolean {
    Atomics.store(this.control, RUNG, 0);
    for (;;) {
      const length = (Atomics.load(this.control, WRITTEN) - this.#read) >>> 0;
      if (length === 0) break;
      const at = this.#read & (this.capacity - 1);
      // One copy for all of them: the room is free again before the first is looked at.
      const chunk = new Uint8Array(Math.min(length, this.capacity - at));
      chunk.set(this.bytes.subarray(at, at + chunk.byteLength));
      this.#read = (this.#read + chunk.byteLength) | 0;
      Atomics.store(this.control, READ, this.#read);
      readRecords(chunk, tell);
    }
    return Atomics.exchange(this.control, STARVED, 0) === 1;
  }
}

function readRecords(chunk: Uint8Array<ArrayBuffer>, tell: (told: Told) => void): void {
  const ints = new Int32Array(chunk.buffer);
  const floats = new Float64Array(chunk.buffer);
  for (let at = 0; at < chunk.byteLength; at += ints[at / 4] as number) {
    const what = ints[at / 4 + 1] as number;
    if (what === SKIP) continue;
    const start = at + HEADER_BYTES;
    tell({
      kind: what & 0xff,
      flags: what >> 8,
      run: ints[at / 4 + 2] as number,
      a: floats[at / 8 + 2] as number,
      b: floats[at / 8 + 3] as number,
      bytes: chunk.subarray(start, start + (ints[at / 4 + 3] as number)),
    });
  }
}

function mostBytesOf(payload: string | Uint8Array): number {
  if (typeof payload !== "string") return payload.byteLength;
  return payload.length <= UNMEASURED_CHARACTERS ? payload.length * 3 : utf8Length(payload);
}

function aligned(bytes: number): number {
  return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
}
