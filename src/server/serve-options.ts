import type { SecureContextOptions } from "node:tls";
import { inspect } from "node:util";
import type { Broker } from "../broker/broker.ts";
import type { OnPresence } from "../rooms/room-presence.ts";
import { checkOptionNames, type OptionNames } from "../runtime/option-names.ts";
import { DEFAULT_LIMITS, type Limits } from "../session/limits.ts";
import type { Fetch } from "./pages.ts";
import type { Authenticate } from "./session-registry.ts";

/** The certificate of a server: PEM text, or its bytes. */
export type TlsOptions = Pick<SecureContextOptions, "key" | "cert" | "ca" | "passphrase" | "minVersion">;

export interface ServeOptions {
  /** Address to listen on. Default 127.0.0.1: this machine only. */
  readonly host?: string | undefined;
  /** Port to listen on; 0 takes one that is free. Default 8000. */
  readonly port?: number | undefined;
  /** Speaks TLS too, on the same port. Default: no TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Bounds other than the defaults; `docs/limits.md` lists them. */
  readonly limits?: { readonly [Name in keyof Limits]?: number | undefined } | undefined;
  /** Where rooms' logs and session records live. One that is given here is not closed here. Default: `memory()`. */
  readonly broker?: Broker | undefined;
  /** Sessions survive the server: their records are in the broker, which must outlive it. Default false. */
  readonly durable?: boolean | undefined;
  /** Signs tokens; at least 32 bytes, the same on every node. Default: the broker's, which lives as long as its logs. */
  readonly signingKey?: Uint8Array | undefined;
  /** Decides who may open a session, and who it is. Default: everybody, unnamed. */
  readonly authenticate?: Authenticate | undefined;
  /** Pages of these origins may connect, besides the server's own; `*` for all. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. Default: none. */
  readonly trustedProxies?: readonly string[] | undefined;
  /**
   * Called when who is in a room has changed: with what has, and with the room, once for each turn of the event loop,
   * and not again before the promise that it returned has settled. What it throws is published as `room-error`.
   *
   * With it, a join resolves when those who are in the room have been told. `docs/presence.md` has more. Default: nobody
   * is told, and nothing is kept for it.
   */
  readonly onpresence?: OnPresence | undefined;
  /** Speaks nothing but plain lines (`lines`), or nothing outside TLS (`tls`). Default: everything. */
  readonly only?: "lines" | "tls" | undefined;
  /** With `only: "lines"`: begins the session of a client that has been silent for so long. Default: never. */
  readonly greetAfterMs?: number | undefined;
  /**
   * Lets an unhandled rejection that a handler caused end its session, and not the process. Adds a listener to the
   * process, and costs something for each message. Default false.
   */
  readonly catchUnhandled?: boolean | undefined;
  /** Answers HTTP requests on the same port. Default: status 404. */
  readonly fetch?: Fetch | undefined;
  /** Closes the server when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a server whose handlers run in threads of their own; `docs/isolation.md` says when to. */
export interface ThreadOptions {
  /** The module whose default export is the handler. */
  readonly handler: URL;
  /** Threads that run handlers; 0 for none but the server's own. Default 1. */
  readonly threads?: number | undefined;
  /** Sessions that one thread takes; when all have so many, another is started. Default: any number. */
  readonly sessionsPerThread?: number | undefined;
  /** A handler that keeps its thread for so long is stopped, and its session closed with `handler-stuck`. Default 2000. */
  readonly stuckAfterMs?: number | undefined;
  /** A thread whose heap grows beyond this ends, and the session that filled it is closed. Default 256. */
  readonly threadHeapMb?: number | undefined;
}

const NAMES: OptionNames<ServeOptions & ThreadOptions> = {
  handler: true,
  threads: true,
  sessionsPerThread: true,
  stuckAfterMs: true,
  threadHeapMb: true,
  host: true,
  port: true,
  tls: true,
  limits: true,
  broker: true,
  durable: true,
  signingKey: true,
  authenticate: true,
  origins: true,
  trustedProxies: true,
  onpresence: true,
  only: true,
  greetAfterMs: true,
  catchUnhandled: true,
  fetch: true,
  signal: true,
};

/**
 * Refuses what cannot be meant: names that are none, options without those that they depend on, and what would silently
 * leave a port more open than its owner thinks. Options come from configuration, which no compiler has seen.
 */
export function checkOptions(options: ServeOptions & Partial<ThreadOptions>): void {
  checkOptionNames(options, NAMES);
  checkThreadOptions(options);
  checkOptionNames(options.limits, DEFAULT_LIMITS, "limits.");
  const { tls, only, origins, authenticate, greetAfterMs, durable, broker } = options;
  if (only !== undefined && only !== "lines" && only !== "tls") {
    throw new TypeError(`only is "lines" or "tls", and not ${inspect(only)}`);
  }
  if (only === "tls" && tls === undefined) throw new TypeError('only: "tls" needs a certificate, in `tls`');
  if (tls !== undefined && (tls.key === undefined || tls.cert === undefined)) {
    throw new TypeError("tls needs both, `key` and `cert`");
  }
  if (origins !== undefined && !Array.isArray(origins)) throw new TypeError("origins is an array of texts");
  if (authenticate !== undefined && typeof authenticate !== "function") {
    throw new TypeError("authenticate is a function");
  }
  if (greetAfterMs !== undefined && only !== "lines") {
    throw new TypeError('greetAfterMs needs only: "lines": a browser takes a greeting for a broken page');
  }
  if (durable === true && broker?.outlivesServer !== true) {
    throw new TypeError("durable sessions need a broker that outlives the server");
  }
}

const THREAD_OPTIONS = ["threads", "sessionsPerThread", "stuckAfterMs", "threadHeapMb"] as const;

function checkThreadOptions(options: Partial<ThreadOptions>): void {
  for (const name of THREAD_OPTIONS) {
    const value = options[name];
    if (value === undefined) continue;
    if (options.handler === undefined) throw new TypeError(`${name} needs the handler's module: handler: new URL(…)`);
    const least = name === "threads" ? 0 : 1;
    if (!Number.isInteger(value) || value < least) {
      throw new RangeError(`${name} is a whole number from ${least}, and not ${value}`);
    }
  }
}
