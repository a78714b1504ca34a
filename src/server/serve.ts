import { randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createSecureContext, type SecureContextOptions } from "node:tls";
import type { Handler } from "../handlers/supervisor.ts";
import { Deadlines } from "../runtime/deadlines.ts";
import type { Emit, SessionStore, StoredSession } from "../runtime/ports.ts";
import { type Limits, resolveLimits } from "../session/limits.ts";
import { publisher } from "../transport/diagnostics.ts";
import type { TransportEnvironment } from "../transport/environment.ts";
import { FlushList } from "../transport/flush-list.ts";
import { systemClock } from "../transport/system-clock.ts";
import { Traffic } from "../transport/traffic.ts";
import { AddressCounts, TrustedProxies } from "./addresses.ts";
import { EventLoopWatch } from "./event-loop-watch.ts";
import { HttpDoor } from "./http-door.ts";
import { Listener } from "./listener.ts";
import { Counters } from "./metrics.ts";
import { answerByFetch, type Fetch, sendText } from "./pages.ts";
import { Reception } from "./reception.ts";
import { Server } from "./server.ts";
import type { Authenticate } from "./session-registry.ts";
import { SessionServer } from "./session-server.ts";
import { Signer } from "./tokens.ts";

const KEY_BYTES = 32;

const publish = publisher("bowline:");

export interface ServeOptions {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  readonly host?: string | undefined;
  /** Port to listen on; 0 takes one that is free. Default 8000. */
  readonly port?: number | undefined;
  /** Speaks TLS too, on the same port: `key` and `cert` as PEM. */
  readonly tls?: Pick<SecureContextOptions, "key" | "cert" | "ca" | "passphrase" | "minVersion"> | undefined;
  /** Bounds other than the defaults. */
  readonly limits?: { readonly [Name in keyof Limits]?: number | undefined } | undefined;
  /** Signs tokens; at least 32 bytes, the same on every node. Default: random, so that tokens end with the process. */
  readonly signingKey?: Uint8Array | undefined;
  /** Decides who may open a session. Default: everybody. */
  readonly authenticate?: Authenticate | undefined;
  /** Pages of these origins may connect, besides the server's own; `*` for all. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Answers HTTP requests on the same port. Default: status 404. */
  readonly fetch?: Fetch | undefined;
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Starts a server: one run of `handler` for each session.
 *
 * Resolves when it listens. Rejects with `ListenError` when it cannot, with `RangeError` or `TypeError` for options that
 * cannot be, and with the signal's reason when that has aborted.
 */
export async function serve(options: ServeOptions, handler: Handler): Promise<Server> {
  const { host = "127.0.0.1", port = 8_000, signal } = options;
  signal?.throwIfAborted();
  const limits = resolveLimits(options.limits);
  const clock = systemClock;
  const deadlines = new Deadlines(clock);
  const traffic = new Traffic();
  const counters = new Counters();
  const emit: Emit = (event) => {
    counters.count(event);
    publish(event);
  };
  const sessions = new SessionServer({
    limits,
    clock,
    deadlines,
    wallNow: Date.now,
    random: Math.random,
    freshId: randomUUID,
    boot: randomUUID(),
    signer: new Signer(options.signingKey ?? randomBytes(KEY_BYTES)),
    store: tombstones(),
    durable: false,
    rooms: undefined,
    context: undefined,
    authenticate: options.authenticate,
    emit,
    handler,
  });
  const env: TransportEnvironment = { clock, deadlines, limits, flushes: new FlushList(clock), traffic };
  const counts = new AddressCounts();
  const proxies = new TrustedProxies(options.trustedProxies ?? []);
  const onRequest = requestListener(options.fetch, sessions, emit);
  const http = new HttpDoor({ env, sessions, counts, proxies, origins: options.origins ?? [], onRequest });
  const secureContext = options.tls === undefined ? undefined : createSecureContext(options.tls);
  const reception = new Reception({ env, sessions, http, secureContext });
  const { maxConnectionsPerAddress } = limits;
  let server: Server | undefined;
  const onGone = (): void => void server?.close();
  const listener = new Listener({ clock, emit, maxConnectionsPerAddress, counts, proxies, reception, onGone });
  await listener.listen(host, port);
  const watch = new EventLoopWatch(clock, (delayMs) => {
    sessions.isShedding = delayMs > limits.maxEventLoopDelayMs;
  });
  server = new Server({ sessions, listener, reception, http, watch, counters, traffic });
  signal?.addEventListener("abort", onGone, { once: true });
  return server;
}

function requestListener(
  fetch: Fetch | undefined,
  sessions: SessionServer,
  emit: Emit,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (request.url === "/healthz") {
      const refusal = sessions.refusalOfNew();
      sendText(response, refusal === undefined ? 200 : 503, refusal === undefined ? "ok" : refusal.close.reason);
    } else if (fetch === undefined) {
      sendText(response, 404, "There is no page here.");
    } else {
      const { remoteAddress: address = "" } = request.socket;
      const onError = (error: unknown): void => emit({ name: "connection-error", address, error });
      void answerByFetch(fetch, request, response, onError);
    }
  };
}

/** Last words of sessions, for as long as the process lives: without a broker nothing has to outlive it. */
function tombstones(): SessionStore {
  const stored = new Map<string, StoredSession>();
  return {
    get: async (id) => stored.get(id),
    put: async (id, session) => void stored.set(id, session),
    delete: async (id) => void stored.delete(id),
  };
}
