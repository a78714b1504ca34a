import type { MessageContext } from "../runtime/ports.ts";
import { Turn } from "../runtime/turn.ts";

/**
 * The handling that a thread has named for what it asks for: it holds while that is done, and no longer.
 *
 * The server's own thread runs no handlers, so nothing has to be followed through promises, and nothing is paid for it.
 */
export class HandedContext implements MessageContext {
  #turn: Turn | undefined;

  run<T>(turn: Turn | undefined, start: () => T): T {
    this.#turn = turn;
    try {
      return start();
    } finally {
      this.#turn = undefined;
    }
  }

  /** Nobody reads here. */
  enter(): void {}

  current(): Turn | undefined {
    return this.#turn;
  }
}

/** The handling of a message in another thread, which alone knows what belongs to it. */
export class HandedTurn extends Turn {
  override get isOpen(): boolean {
    return true;
  }
}
