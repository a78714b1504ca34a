import { Queue } from "../session/queue.ts";
import type { ReceivedMessage } from "./message.ts";

/** Messages may lie in memory of so many times their own size, and of so much more. */
const SPARSE = 4;
const SPARE_BYTES = 128 * 1_024;

/** Messages that the application has not finished: some it has taken, the others wait. */
export class Inbox {
  readonly #messages = new Queue<ReceivedMessage>();
  #taken = 0;
  #bytes = 0;
  #isStopped = false;
  /** What the newest message is a part of, and the bytes of all the memory that they lie in. */
  #newestSource: Uint8Array | undefined;
  #memoryBytes = 0;

  /** Messages that nobody has taken yet. */
  get waiting(): number {
    return this.#messages.length - this.#taken;
  }

  /** Messages that were taken and are not finished, or whose consequences have not settled. */
  get inHand(): number {
    return this.#taken;
  }

  /** Messages that are not finished, and their bytes. */
  get length(): number {
    return this.#messages.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(message: ReceivedMessage): void {
    this.#messages.push(message);
    this.#bytes += message.byteLength;
    const { source } = message;
    if (source === undefined || liesWith(source, this.#newestSource)) return;
    // One byte keeps the chunk that it came in, and who fills chunks with what is no message decides how many.
    if (this.#memoryBytes > SPARSE * this.#bytes + SPARE_BYTES) message.moveOut();
    this.#newestSource = message.source;
    this.#memoryBytes += message.source?.buffer.byteLength ?? 0;
  }

  #shift(message: ReceivedMessage): void {
    this.#messages.shift();
    this.#bytes -= message.byteLength;
    const next = this.#messages.at(0);
    if (next === undefined) this.#newestSource = undefined;
    const { source } = message;
    if (source !== undefined && !liesWith(source, next?.source)) this.#memoryBytes -= source.buffer.byteLength;
  }

  /** Gives nothing more out: what nobody has taken stays untaken. */
  stop(): void {
    this.#isStopped = true;
  }

  /** What will be taken after so many others, unless the inbox gives nothing out any more. */
  peek(ahead: number): ReceivedMessage | undefined {
    return this.#isStopped ? undefined : this.#messages.at(this.#taken + ahead);
  }

  /** What was given out before the inbox was stopped, and is taken next. */
  peekGiven(): ReceivedMessage | undefined {
    return this.#messages.at(this.#taken);
  }

  take(): ReceivedMessage | undefined {
    return this.#isStopped ? undefined : this.takeGiven();
  }

  /** Takes what was given out before the inbox was stopped. */
  takeGiven(): ReceivedMessage | undefined {
    const message = this.#messages.at(this.#taken);
    if (message !== undefined) this.#taken += 1;
    return message;
  }

  /** Removes the oldest message if it is finished and everything it caused has settled. */
  settle(): ReceivedMessage | undefined {
    const message = this.#messages.at(0);
    if (message === undefined || !message.finished || message.unsettled > 0 || this.#taken === 0) return undefined;
    this.#shift(message);
    this.#taken -= 1;
    return message;
  }

  /** Gives what was taken and not finished once more, to a new run of the handler. */
  rewind(): void {
    for (let index = 0; index < this.#taken; index += 1) {
      const message = this.#messages.at(index);
      if (message !== undefined) {
        message.finished = false;
        message.unsettled = 0;
      }
    }
    this.#taken = 0;
  }

  /** Drops what nobody has taken. */
  dropWaiting(): void {
    this.removeWaiting(() => true);
  }

  /** Takes those out that nobody has taken and that `isWanted` picks, in order. */
  removeWaiting(isWanted: (message: ReceivedMessage) => boolean): ReceivedMessage[] {
    const removed: ReceivedMessage[] = [];
    const all = [...this.#messages];
    this.#messages.clear();
    this.#bytes = this.#memoryBytes = 0;
    this.#newestSource = undefined;
    for (const [index, message] of all.entries()) {
      if (index >= this.#taken && isWanted(message)) removed.push(message);
      else this.push(message);
    }
    return removed;
  }
}

/** Whether both are parts of the same memory. Mostly they are one array: the chunk that several messages came in. */
function liesWith(source: Uint8Array, other: Uint8Array | undefined): boolean {
  return source === other || (other !== undefined && source.buffer === other.buffer);
}
