import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { RingReader, RingWriter, type Telling, type Told } from "./ring.ts";

/** Set in a telling's flags when its payload lies beside the ring. */
const BESIDE = 0x80;
/** How much may be on its way between two threads, in one direction. */
const RING_BYTES = 256 * 1_024;
/** A character takes at most three bytes. */
const BYTES_PER_CHARACTER = 3;

const encoder = new TextEncoder();

type Payload = string | Uint8Array | undefined;

/** Wakes the other thread. */
export type Bell = () => void;

/** One direction between two threads, as both get to know it. */
export interface LaneEnds {
  readonly memory: SharedArrayBuffer;
  readonly port: MessagePort;
}

export function allocateRing(): SharedArrayBuffer {
  return RingWriter.allocate(RING_BYTES);
}

/**
 * Tells the other thread things, in order. Everything of one turn of the event loop rings its bell once.
 *
 * What finds no room in the ring waits here. Whoever can wait himself should look at `isOpen` first.
 */
export class LaneWriter {
  readonly #ring: RingWriter;
  readonly #port: MessagePort;
  readonly #bell: Bell;
  readonly #afterTurn: (callback: () => void) => void;
  readonly #waiting: { readonly telling: Telling; readonly payload: Payload }[] = [];
  #isArmed = false;
  readonly #onTurnEnd = (): void => {
    this.#isArmed = false;
    this.ringNow();
  };

  constructor({ memory, port }: LaneEnds, bell: Bell, afterTurn: (callback: () => void) => void) {
    this.#ring = new RingWriter(memory);
    this.#port = port;
    this.#bell = bell;
    this.#afterTurn = afterTurn;
  }

  /** Whether nothing waits for room. */
  get isOpen(): boolean {
    return this.#waiting.length === 0;
  }

  tell(telling: Telling, payload?: Payload): void {
    // What waits is the caller's no more: bytes may be a view of what will be something else by then.
    if (this.#waiting.length > 0 || !this.#write(telling, payload)) {
      this.#waiting.push({ telling, payload: payload instanceof Uint8Array ? payload.slice() : payload });
    }
    this.#arm();
  }

  /** There is room again: tells what has waited for it. */
  flush(): void {
    if (this.#waiting.length > 0) this.#arm();
  }

  /** Wakes the other thread, before this turn is over. */
  ringNow(): void {
    this.#tellWaiting();
    if (this.#ring.ring()) this.#bell();
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    this.#afterTurn(this.#onTurnEnd);
  }

  #tellWaiting(): void {
    let told = 0;
    for (const { telling, payload } of this.#waiting) {
      if (!this.#write(telling, payload)) break;
      told += 1;
    }
    this.#waiting.splice(0, told);
    if (this.#waiting.length > 0) this.#ring.starve();
  }

  #write(telling: Telling, payload: Payload): boolean {
    if (payload === undefined || this.#isSmall(payload)) return this.#ring.write(telling, payload);
    // The reader looks beside the ring when it reads the record, and must find it there.
    if (!this.#ring.hasRoom) return false;
    const bytes = typeof payload === "string" ? encoder.encode(payload) : payload.slice();
    this.#port.postMessage(bytes, [bytes.buffer]);
    return this.#ring.write({ ...telling, flags: telling.flags | BESIDE }, undefined);
  }

  #isSmall(payload: string | Uint8Array): boolean {
    const most = typeof payload === "string" ? payload.length * BYTES_PER_CHARACTER : payload.byteLength;
    return most <= this.#ring.mostBytes;
  }
}

/** Hears what the other thread tells. */
export class LaneReader {
  readonly #ring: RingReader;
  readonly #port: MessagePort;
  readonly #bell: Bell;
  readonly #hear: (told: Told) => void;

  constructor({ memory, port }: LaneEnds, bell: Bell, hear: (told: Told) => void) {
    this.#ring = new RingReader(memory);
    this.#port = port;
    this.#bell = bell;
    this.#hear = (told) => hear(told.flags & BESIDE ? this.#fetch(told) : told);
  }

  /** Hears everything that has been told so far. */
  drain(): void {
    if (this.#ring.drain(this.#hear)) this.#bell();
  }

  #fetch(told: Told): Told {
    const beside = receiveMessageOnPort(this.#port) as { readonly message: Uint8Array<ArrayBuffer> };
    return { ...told, flags: told.flags & ~BESIDE, bytes: beside.message };
  }
}
