import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { PlainCore } from "../runtime/plain-core.ts";
import { ServerCore } from "../runtime/server-core.ts";
import type { SessionRegistry } from "./session-registry.ts";

type Core = ServerCore | PlainCore;

/** How often it is looked whether everybody has finished. */
const LOOK_EVERY_MS = 20;
/** Clients come back spread over this long, so that the next server is not met by all at once. */
const SPREAD_RETRY_MS = 5_000;

/**
 * The four steps of a shutdown, after the listener has stopped accepting: take no more messages and let those that were
 * taken be finished and acknowledged; tell everybody to come back later; wait for the handlers; force at the deadline.
 *
 * Who is still in the middle of a message by then is told when that is finished: the next server would handle it again.
 */
export async function drainSessions(server: SessionRegistry, timeoutMs: number): Promise<void> {
  const { clock, limits } = server.options;
  const deadline = clock.now() + timeoutMs;
  const tellAt = Math.min(deadline, clock.now() + limits.closeTimeoutMs);
  // A handler that comes to no end may still heed its signal.
  const tellBusyAt = Math.max(tellAt, deadline - limits.closeTimeoutMs);

  // A client that speaks frames sends again what was not taken. A plain one cannot: its handler goes on for a while.
  for (const core of server.sessions) if (core instanceof ServerCore) core.stopReading();
  await untilEach(server, isQuiet, tellAt);
  for (const core of server.sessions) core.stopReading();
  const sendAway = (core: Core): boolean => {
    if (isBusy(core)) return false;
    tell(server, core);
    return true;
  };
  for (const core of await untilEach(server, sendAway, tellBusyAt)) tell(server, core);
  await Promise.race([server.options.runner.idle(), sleep(server, deadline - clock.now())]);
}

/** Asks about each session until the answer is yes, or until `deadline`. Gives those for which it never was. */
async function untilEach(
  server: SessionRegistry,
  isReady: (core: Core) => boolean,
  deadline: number,
): Promise<readonly Core[]> {
  let rest = [...server.sessions];
  for (;;) {
    rest = rest.filter((core) => !isReady(core));
    if (rest.length === 0 || server.options.clock.now() >= deadline) return rest;
    await sleep(server, LOOK_EVERY_MS);
  }
}

/** Its handler is in the middle of a message. */
function isBusy(core: Core): boolean {
  return core.inbox.inHand > 0 && !core.isEnding;
}

/** Nobody handles a message, and everything that was sent is acknowledged. */
function isQuiet(core: Core): boolean {
  if (core.info !== undefined) return true;
  const isIdle = core instanceof ServerCore ? core.inbox.inHand === 0 : core.inbox.length === 0;
  // Who is away cannot come back to acknowledge anything: nobody is let in any more.
  return isIdle && (core.acknowledged >= core.sent || core.outlet === undefined);
}

function tell(server: SessionRegistry, core: Core): void {
  const { clock, random } = server.options;
  if (core instanceof ServerCore) {
    core.machine.goAway(Math.round(random() * SPREAD_RETRY_MS), clock.now());
  } else {
    core.end({ code: CLOSE_CODES["going-away"].code, reason: "the server is going away", by: "server" });
  }
}

function sleep(server: SessionRegistry, ms: number): Promise<void> {
  return new Promise((resolve) => {
    server.options.clock.setTimer(resolve, Math.max(0, ms));
  });
}
