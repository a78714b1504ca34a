import { AsyncLocalStorage } from "node:async_hooks";
import type { MessageContext } from "../runtime/ports.ts";
import type { Turn } from "../runtime/turn.ts";

const storage = new AsyncLocalStorage<Turn>();

/**
 * Which message's handling the running code belongs to, followed through every `await`, timer and callback.
 *
 * One for all servers of the process: on Node 20 every storage that was ever entered makes every promise dearer. A turn
 * knows its run, so nobody takes another's for his own.
 */
export const asyncMessageContext: MessageContext = {
  run: (turn, start) => storage.run(turn, start),
  enter: (turn) => storage.enterWith(turn),
  current: () => storage.getStore(),
};
