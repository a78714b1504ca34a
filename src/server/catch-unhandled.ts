import type { MessageContext } from "../runtime/ports.ts";
import { ServerSessionRun } from "../runtime/server-session.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** The servers of this process that catch what their handlers leave unhandled. */
const servers = new Set<{ readonly registry: SessionRegistry; readonly context: MessageContext }>();

/**
 * Ends the session whose handler let a promise reject without anybody looking, instead of the process.
 *
 * What belongs to no session is thrown on, as if this did not exist. Returns how to stop.
 */
export function catchUnhandled(registry: SessionRegistry, context: MessageContext): () => void {
  const entry = { registry, context };
  if (servers.size === 0) process.on("unhandledRejection", onUnhandled);
  servers.add(entry);
  return () => {
    servers.delete(entry);
    if (servers.size === 0) process.off("unhandledRejection", onUnhandled);
  };
}

function onUnhandled(error: unknown): void {
  for (const { registry, context } of servers) {
    const run = context.current()?.run;
    const core = run instanceof ServerSessionRun ? registry.get(run.id) : undefined;
    if (core !== undefined && core.run === run) {
      core.handlerFailed(error);
      return;
    }
  }
  // The only one who listens keeps Node from ending the process, and so has to do it.
  if (process.listenerCount("unhandledRejection") === 1) throw error;
}
