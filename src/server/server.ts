import type { AddressInfo } from "node:net";
import type { ThreadFigures, ThreadPool } from "../handlers/thread-pool.ts";
import type { BroadcastRoom } from "../rooms/room-handle.ts";
import type { Rooms } from "../rooms/rooms.ts";
import type { Traffic } from "../transport/traffic.ts";
import type { HttpDoor } from "./http-door.ts";
import type { Listener } from "./listener.ts";
import type { Counters, Metrics } from "./metrics.ts";
import type { Reception } from "./reception.ts";
import { SessionList } from "./session-list.ts";
import type { SessionServer } from "./session-server.ts";

const KEEP_ALIVE_MS = 60_000;
const NO_THREADS: ThreadFigures = { threads: 0, threadRestarts: 0, handlersStuck: 0, poisonMessages: 0 };

/** What a server is made of. */
export interface ServerParts {
  readonly sessions: SessionServer;
  readonly rooms: Rooms;
  readonly listener: Listener;
  readonly reception: Reception;
  readonly http: HttpDoor;
  readonly counters: Counters;
  readonly traffic: Traffic;
  /** Threads of handlers, if they have their own. */
  readonly pool: ThreadPool | undefined;
  /** Closes the server. */
  readonly signal: AbortSignal | undefined;
  /** What else has to be ended when the last connection is gone. */
  readonly ends: readonly (() => unknown)[];
}

export interface CloseOptions {
  /** How long handlers may take to finish; then they are not waited for. Default: `limits.drainTimeoutMs`. */
  readonly drainTimeoutMs?: number | undefined;
}

/** A server that listens. Made by `serve`. */
export class Server implements AsyncDisposable {
  /** The sessions there are now: to look at, to send to, to close. */
  readonly sessions: SessionList;
  /** Resolves when the server has closed, however that came about. */
  readonly closed: Promise<void>;
  readonly #parts: ServerParts;
  readonly #onAbort = (): void => void this.close();
  #resolveClosed: () => void = () => {};
  #force: () => void = () => {};
  #isClosing = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.sessions = new SessionList(parts.sessions);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    parts.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Where it listens: address, port (the real one, also when 0 was asked for) and family. */
  get address(): AddressInfo {
    return this.#parts.listener.address;
  }

  /** A room in nobody's name: to send to everybody in it, to page through its history, to see who is there. */
  room(name: string): BroadcastRoom {
    return this.#parts.rooms.broadcast(name);
  }

  /** Counts of sessions, connections, rooms, messages and bytes, at this moment. */
  metrics(): Metrics {
    const { counters, sessions, rooms, traffic, pool } = this.#parts;
    return { ...counters.read(sessions, traffic), ...(pool?.figures() ?? NO_THREADS), rooms: rooms.size };
  }

  /**
   * Stops accepting, lets handlers finish what they have taken, tells clients to come back later, and waits for the
   * handlers, for `drainTimeoutMs` at most. Resolves when every connection is gone.
   *
   * Calling it again shortens the wait.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const { sessions, listener, reception, http, signal } = this.#parts;
    const timeoutMs = options.drainTimeoutMs ?? sessions.options.limits.drainTimeoutMs;
    if (this.#isClosing) {
      sessions.options.clock.setTimer(() => this.#force(), timeoutMs);
      return this.closed;
    }
    this.#isClosing = true;
    signal?.removeEventListener("abort", this.#onAbort);
    listener.stop();
    reception.close();
    http.close();
    void this.#drain(timeoutMs);
    return this.closed;
  }

  async #drain(timeoutMs: number): Promise<void> {
    const { sessions, listener, ends } = this.#parts;
    const { clock, limits } = sessions.options;
    // Deadlines alone keep no process alive, but one that is told to close its server should see that done.
    const keepAlive = setInterval(() => {}, KEEP_ALIVE_MS);
    const forced = new Promise<void>((resolve) => {
      this.#force = resolve;
    });
    await Promise.race([sessions.drain(timeoutMs), forced]);
    // Whoever was told to go has this long to do so.
    const timer = clock.setTimer(() => listener.destroyAll(), limits.closeTimeoutMs);
    void forced.then(() => listener.destroyAll());
    await listener.untilEmpty();
    clock.clearTimer(timer);
    await Promise.allSettled(ends.map(async (end) => end()));
    clearInterval(keepAlive);
    this.#resolveClosed();
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
