import { randomBytes, randomUUID } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { Broker } from "../broker/broker.ts";
import { memory } from "../broker/memory.ts";
import { HandedContext } from "../handlers/handed-context.ts";
import { loadHandler } from "../handlers/load-handler.ts";
import { asyncMessageContext } from "../handlers/message-context.ts";
import { type Handler, type HandlerRunner, Supervisor } from "../handlers/supervisor.ts";
import { ThreadPool } from "../handlers/thread-pool.ts";
import { Rooms } from "../rooms/rooms.ts";
import { Deadlines } from "../runtime/deadlines.ts";
import type { Emit, MessageContext } from "../runtime/ports.ts";
import { type Limits, resolveLimits } from "../session/limits.ts";
import { publisher } from "../transport/diagnostics.ts";
import type { TransportEnvironment } from "../transport/environment.ts";
import { FlushList } from "../transport/flush-list.ts";
import { systemClock } from "../transport/system-clock.ts";
import { Traffic } from "../transport/traffic.ts";
import { AddressCounts, TrustedProxies } from "./addresses.ts";
import { catchUnhandled } from "./catch-unhandled.ts";
import { EventLoopWatch } from "./event-loop-watch.ts";
import { HttpDoor } from "./http-door.ts";
import { httpRequestListener } from "./http-requests.ts";
import { Listener } from "./listener.ts";
import { Counters } from "./metrics.ts";
import { Reception } from "./reception.ts";
import { ROOM_ERRORS } from "./room-errors.ts";
import { checkOptions, type ServeOptions, type ThreadOptions } from "./serve-options.ts";
import { Server } from "./server.ts";
import "./inspection.ts";
import { SessionServer } from "./session-server.ts";
import { Signer } from "./tokens.ts";

const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 8_000;
const ID_BYTES = 16;
const STUCK_AFTER_MS = 2_000;
const THREAD_HEAP_MB = 256;
const THREAD = new URL("./handler-thread.js", import.meta.url);

const publish = publisher("bowline:");

/**
 * Starts a server: one run of the handler for each session, in this thread, or in threads of their own when `handler` is
 * given as the URL of the module whose default export it is.
 *
 * Resolves when it listens. Rejects with `ListenError` when it cannot, with `BrokerError` when the broker cannot be used,
 * with `RangeError` or `TypeError` for options that cannot be, with `HandlerModuleError` when its module cannot be loaded,
 * and with the signal's reason when that has aborted.
 */
export function serve(options: ServeOptions, handler: Handler): Promise<Server>;
export function serve(options: ServeOptions & ThreadOptions): Promise<Server>;
export async function serve(options: ServeOptions & Partial<ThreadOptions>, given?: Handler): Promise<Server> {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, signal } = options;
  signal?.throwIfAborted();
  checkOptions(options);
  const handler = options.handler ?? given;
  if (typeof handler !== "function" && !(handler instanceof URL)) {
    throw new TypeError("serve needs a handler: async (session) => { … }, or the URL of its module");
  }
  const counters = new Counters();
  const emit: Emit = (event) => {
    counters.count(event);
    publish(event);
  };
  const env = transportEnvironment(resolveLimits(options.limits));
  const broker = options.broker ?? memory();
  const ends: (() => unknown)[] = options.broker === undefined ? [() => broker.close()] : [];
  const { signingKey } = await broker.open();
  signal?.throwIfAborted();
  const signer = new Signer(options.signingKey ?? signingKey);
  const { runner, context, pool } = await makeRunner(options, handler, env, broker, emit);
  if (pool !== undefined) ends.unshift(() => pool.close());
  const { sessions, rooms } = makeSessions(options, runner, context, env, broker, signer, emit);
  ends.unshift(() => rooms.close());
  if (options.catchUnhandled === true && context === asyncMessageContext) ends.push(catchUnhandled(sessions, context));
  const { reception, listener, http } = makePort(options, env, sessions, emit, () => void server.close());
  try {
    await listener.listen(host, port);
  } catch (error) {
    for (const end of ends) await end();
    throw error;
  }
  const { maxEventLoopDelayMs } = env.limits;
  const watch = new EventLoopWatch(env.clock, (delayMs) => {
    sessions.isShedding = delayMs > maxEventLoopDelayMs;
  });
  ends.push(() => watch.stop());
  const { traffic } = env;
  const server = new Server({ sessions, rooms, listener, reception, http, counters, traffic, pool, signal, ends });
  // Aborted while it began to listen: the signal says nothing any more.
  if (signal?.aborted === true) await server.close({ drainTimeoutMs: 0 });
  signal?.throwIfAborted();
  return server;
}

function transportEnvironment(limits: Limits): TransportEnvironment {
  const clock = systemClock;
  return { clock, limits, deadlines: new Deadlines(clock), flushes: new FlushList(clock), traffic: new Traffic() };
}

/** What runs the handlers, and how it is known which message what they do belongs to. */
async function makeRunner(
  options: Partial<ThreadOptions> & ServeOptions,
  handler: Handler | URL,
  { limits, clock, flushes }: TransportEnvironment,
  broker: Broker,
  emit: Emit,
): Promise<{ runner: HandlerRunner; context: MessageContext | undefined; pool?: ThreadPool }> {
  const { threads = 1, sessionsPerThread = Number.POSITIVE_INFINITY } = options;
  const { stuckAfterMs = STUCK_AFTER_MS, threadHeapMb = THREAD_HEAP_MB } = options;
  if (handler instanceof URL && threads > 0) {
    // A handler can run twice for the same message: in another thread, when its own has ended.
    const context = new HandedContext();
    const pool = await ThreadPool.start({
      entry: THREAD,
      module: handler.href,
      limits,
      clock,
      emit,
      context,
      threads,
      sessionsPerThread,
      stuckAfterMs,
      threadHeapMb,
      errors: ROOM_ERRORS,
      afterTurn: (callback) => flushes.afterTurn(callback),
    });
    return { runner: pool, context, pool };
  }
  // Only where a handler can run twice for the same message do its sends have to be told apart.
  const needsContext = broker.outlivesServer || options.catchUnhandled === true;
  const context = needsContext ? asyncMessageContext : undefined;
  const run = handler instanceof URL ? await loadHandler(handler.href) : handler;
  return { runner: new Supervisor(run, context), context };
}

function makeSessions(
  options: ServeOptions,
  runner: HandlerRunner,
  context: MessageContext | undefined,
  env: TransportEnvironment,
  broker: Broker,
  signer: Signer,
  emit: Emit,
): { sessions: SessionServer; rooms: Rooms } {
  const { limits, clock, deadlines, flushes } = env;
  const wallNow = Date.now;
  const ticketSigner = {
    sign: (text: string) => signer.sign("ticket", text),
    verify: (text: string, signature: string) => signer.verify("ticket", text, signature),
  };
  const rooms = new Rooms({
    broker,
    limits,
    clock,
    wallNow,
    scheduler: flushes,
    signer: ticketSigner,
    context,
    emit,
    onpresence: options.onpresence,
  });
  const sessions = new SessionServer({
    limits,
    clock,
    deadlines,
    wallNow,
    random: Math.random,
    freshId: () => randomBytes(ID_BYTES).toString("hex"),
    boot: randomUUID(),
    signer,
    store: broker.sessions,
    durable: options.durable ?? false,
    rooms,
    context,
    authenticate: options.authenticate,
    emit,
    runner,
  });
  return { sessions, rooms };
}

function makePort(
  options: ServeOptions,
  env: TransportEnvironment,
  sessions: SessionServer,
  emit: Emit,
  onGone: () => void,
): { reception: Reception; listener: Listener; http: HttpDoor } {
  const { tls, only, greetAfterMs, origins = [], trustedProxies = [] } = options;
  const counts = new AddressCounts();
  const proxies = new TrustedProxies(trustedProxies);
  const onRequest = httpRequestListener(options.fetch, sessions, emit);
  const http = new HttpDoor({ env, sessions, counts, proxies, origins, onRequest });
  const secureContext = tls === undefined ? undefined : createSecureContext(tls);
  const reception = new Reception({ env, sessions, http, secureContext, only, greetAfterMs });
  const { clock, limits } = env;
  const { maxConnectionsPerAddress } = limits;
  const listener = new Listener({ clock, emit, maxConnectionsPerAddress, counts, proxies, reception, onGone });
  return { reception, listener, http };
}
