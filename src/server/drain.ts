import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { PlainCore } from "../runtime/plain-core.ts";
import { ServerCore } from "../runtime/server-core.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** How often it is looked whether everybody has finished. */
const LOOK_EVERY_MS = 20;
/** Clients come back spread over this long, so that the next server is not met by all at once. */
const SPREAD_RETRY_MS = 5_000;

/**
 * The four steps of a shutdown, after the listener has stopped accepting: take no more messages and let those that were
 * taken be finished and acknowledged; tell everybody to come back later; wait for the handlers; force at the deadline.
 */
export async function drainSessions(server: SessionRegistry, timeoutMs: number): Promise<void> {
  const { clock, limits } = server.options;
  const deadline = clock.now() + timeoutMs;
  for (const core of server.sessions) if (core instanceof ServerCore) core.machine.stopTaking();
  await untilQuiet(server, Math.min(deadline, clock.now() + limits.closeTimeoutMs));
  tellEverybody(server);
  await Promise.race([server.supervisor.idle(), sleep(server, deadline - clock.now())]);
}

/** Waits until nobody handles a message and everything that was sent is acknowledged, or until `deadline`. */
async function untilQuiet(server: SessionRegistry, deadline: number): Promise<void> {
  let busy = [...server.sessions];
  for (;;) {
    busy = busy.filter((core) => !isQuiet(core));
    if (busy.length === 0 || server.options.clock.now() >= deadline) return;
    await sleep(server, LOOK_EVERY_MS);
  }
}

function isQuiet(core: ServerCore | PlainCore): boolean {
  if (core.info !== undefined) return true;
  // Who is away cannot come back to acknowledge anything: nobody is let in any more.
  return core.inbox.length === 0 && (core.acknowledged >= core.sent || core.outlet === undefined);
}

function tellEverybody(server: SessionRegistry): void {
  const { clock, random } = server.options;
  for (const core of [...server.sessions]) {
    if (core instanceof ServerCore) {
      core.machine.goAway(Math.round(random() * SPREAD_RETRY_MS), clock.now());
    } else {
      core.end({ code: CLOSE_CODES["going-away"].code, reason: "the server is going away", by: "server" });
    }
  }
}

function sleep(server: SessionRegistry, ms: number): Promise<void> {
  return new Promise((resolve) => {
    server.options.clock.setTimer(resolve, Math.max(0, ms));
  });
}
