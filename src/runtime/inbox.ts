import { Queue } from "../session/queue.ts";
import type { Message } from "./message.ts";

/** Messages that the application has not finished: some it has taken, the others wait. */
export class Inbox {
  readonly #messages = new Queue<Message>();
  #taken = 0;
  #bytes = 0;

  /** Messages that nobody has taken yet. */
  get waiting(): number {
    return this.#messages.length - this.#taken;
  }

  /** Messages that are not finished, and their bytes. */
  get length(): number {
    return this.#messages.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(message: Message): void {
    this.#messages.push(message);
    this.#bytes += message.byteLength;
  }

  take(): Message | undefined {
    const message = this.#messages.at(this.#taken);
    if (message !== undefined) this.#taken += 1;
    return message;
  }

  /** Removes the oldest message if it is finished and everything it caused has settled. */
  settle(): Message | undefined {
    const message = this.#messages.at(0);
    if (message === undefined || !message.finished || message.unsettled > 0 || this.#taken === 0) return undefined;
    this.#messages.shift();
    this.#taken -= 1;
    this.#bytes -= message.byteLength;
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
  removeWaiting(isWanted: (message: Message) => boolean): Message[] {
    const removed: Message[] = [];
    const all = [...this.#messages];
    this.#messages.clear();
    this.#bytes = 0;
    for (const [index, message] of all.entries()) {
      if (index >= this.#taken && isWanted(message)) removed.push(message);
      else this.push(message);
    }
    return removed;
  }
}
