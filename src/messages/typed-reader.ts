import type { Message } from "../runtime/message.ts";
import type { AnyReceived } from "./incoming.ts";

const DONE: IteratorResult<AnyReceived, undefined> = { value: undefined, done: true };

/** Reads typed messages as their session gives them. By hand, for the reason that its reader is. */
export class TypedReader implements AsyncIterator<AnyReceived, undefined> {
  readonly #messages: AsyncIterator<Message>;
  readonly #take: (message: Message) => AnyReceived | Promise<AnyReceived>;

  constructor(messages: AsyncIterator<Message>, take: (message: Message) => AnyReceived | Promise<AnyReceived>) {
    this.#messages = messages;
    this.#take = take;
  }

  async next(): Promise<IteratorResult<AnyReceived, undefined>> {
    const result = await this.#messages.next();
    if (result.done === true) return DONE;
    const received = this.#take(result.value);
    return { value: received instanceof Promise ? await received : received, done: false };
  }

  async return(): Promise<IteratorResult<AnyReceived, undefined>> {
    await this.#messages.return?.();
    return DONE;
  }
}
