import { subscribe } from "node:diagnostics_channel";
import type { Diagnostic } from "bowline";
import { type Logger, pino } from "pino";
import pretty from "pino-pretty";

const STANDARD_ERROR = 2;
const ON_TERMINALS = { ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss", singleLine: true };

type Events = { readonly [Name in Diagnostic["name"]]: Extract<Diagnostic, { readonly name: Name }> };

/** How each of the library's events is logged. */
const LINES: { readonly [Name in keyof Events]: (log: Logger, event: Events[Name]) => void } = {
  "session-opened": (log, { sessionId, origin, peer }) =>
    log.info({ session: sessionId, origin, address: peer.address, form: peer.form }, "session opened"),
  "session-closed": (log, { info, peer }) => {
    const { sessionId, code, reason, by, confirmed, fromClient, fromServer, connections } = info;
    const figures = { code, reason, by, confirmed, fromClient, fromServer, connections };
    log.info({ session: sessionId, address: peer.address, ...figures }, `session closed: ${info.name}`);
  },
  "handler-error": (log, { sessionId, error }) => log.error({ session: sessionId, err: error }, "the handler failed"),
  "late-reply": (log, { sessionId, repliesTo }) =>
    log.warn({ session: sessionId, repliesTo }, "a reply came that nobody waits for any more"),
  "key-mismatch": (log, { sessionId, room, key }) =>
    log.warn({ session: sessionId, room, key }, "a repeated send said something else; the first one stands"),
  "room-error": (log, { room, error }) => log.error({ room, err: error }, "the broker failed"),
  "store-error": (log, { sessionId, error }) =>
    log.error({ session: sessionId, err: error }, "a session could not be stored"),
  "handler-stuck": (log, { sessionId, message, why, stack }) => {
    const what = why === "heap" ? "filled its thread's heap" : "did not let go of its thread";
    log.error({ session: sessionId, message, stack }, `the handler ${what}, and was stopped`);
  },
  "poison-message": (log, { sessionId, message }) =>
    log.error({ session: sessionId, message }, "the same message has ended a thread twice; its session is closed"),
  "thread-started": (log, { thread, tookMs }) => log.debug({ thread, tookMs: Math.round(tookMs) }, "thread started"),
  "thread-ended": (log, { thread, why, error, sessions }) => {
    if (why === "done") log.debug({ thread }, "thread ended");
    else log.error({ thread, why, err: error, sessions }, "a thread of handlers ended; its sessions go on in another");
  },
  "threads-failing": (log, { restarts, retryAfterMs }) =>
    log.error({ restarts, retryAfterMs }, "threads of handlers end again and again; new sessions are refused for now"),
  "connection-refused": (log, { address, code, reason }) =>
    log.warn({ address, code }, `connection refused: ${reason}`),
  "connection-error": (log, { address, error }) => log.info({ address, err: error }, "connection failed"),
};

/** A log for operators on standard error, of all that the library tells: JSON, or easy to read on a terminal. */
export function openLog(): Logger {
  const isTerminal = process.stderr.isTTY === true;
  const log = isTerminal
    ? pino(pretty({ ...ON_TERMINALS, destination: STANDARD_ERROR, sync: true }))
    : pino(pino.destination({ dest: STANDARD_ERROR, sync: true }));
  for (const [name, write] of Object.entries(LINES)) {
    subscribe(`bowline:${name}`, (event) => (write as (log: Logger, event: unknown) => void)(log, event));
  }
  return log;
}
