import type { Handler } from "./supervisor.ts";

/** The module of a handler cannot be loaded. `cause` is what it threw, or what is wrong with it. */
export class HandlerModuleError extends Error {
  override readonly name = "HandlerModuleError";

  /** Whether that is the only reason: `onpresence` runs in the server's own thread, and so cannot be the module's. */
  get listensToPresence(): boolean {
    return this.cause instanceof TypeError && this.cause.message === PRESENCE;
  }
}

const PRESENCE = "it exports onpresence, which runs in the server's own thread: threads: 0, or the option onpresence";

/** The default export of the module with this URL. Rejects with `HandlerModuleError`. */
export async function loadHandler(url: string): Promise<Handler> {
  const refuse = (cause: unknown): never => {
    throw new HandlerModuleError(`${url} is no handler: ${cause instanceof Error ? cause.message : cause}`, { cause });
  };
  const { default: handler, onpresence } = await (
    import(url) as Promise<{ readonly default?: unknown; readonly onpresence?: unknown }>
  ).catch(refuse);
  if (typeof handler !== "function") return refuse(new TypeError("it has no function as its default export"));
  if (onpresence !== undefined) return refuse(new TypeError(PRESENCE));
  return handler as Handler;
}
