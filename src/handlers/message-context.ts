import { AsyncLocalStorage } from "node:async_hooks";
import type { MessageContext } from "../runtime/ports.ts";
import type { Turn } from "../runtime/turn.ts";

/** Which message's handling the running code belongs to, followed through every `await`, timer and callback. */
export class AsyncMessageContext implements MessageContext {
  readonly #storage = new AsyncLocalStorage<Turn>();

  run<T>(turn: Turn, start: () => T): T {
    return this.#storage.run(turn, start);
  }

  enter(turn: Turn): void {
    this.#storage.enterWith(turn);
  }

  current(): Turn | undefined {
    return this.#storage.getStore();
  }
}
