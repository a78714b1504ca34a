import type { AddressInfo } from "node:net";
import type { Traffic } from "../transport/traffic.ts";
import type { EventLoopWatch } from "./event-loop-watch.ts";
import type { HttpDoor } from "./http-door.ts";
import type { Listener } from "./listener.ts";
import type { Counters, Metrics } from "./metrics.ts";
import type { Reception } from "./reception.ts";
import { SessionList } from "./session-list.ts";
import type { SessionServer } from "./session-server.ts";

/** What a server is made of. */
export interface ServerParts {
  readonly sessions: SessionServer;
  readonly listener: Listener;
  readonly reception: Reception;
  readonly http: HttpDoor;
  readonly watch: EventLoopWatch;
  readonly counters: Counters;
  readonly traffic: Traffic;
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
  #resolveClosed: () => void = () => {};
  #force: () => void = () => {};
  #isClosing = false;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.sessions = new SessionList(parts.sessions);
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
  }

  /** Where it listens: host, port (the real one, also when 0 was asked for) and family. */
  get address(): AddressInfo {
    return this.#parts.listener.address;
  }

  /** Counts of sessions, connections, messages and bytes, at this moment. */
  metrics(): Metrics {
    const { counters, sessions, traffic } = this.#parts;
    return counters.read(sessions, traffic);
  }

  /**
   * Stops accepting, lets handlers finish what they have taken, tells clients to come back later, and waits for the
   * handlers, for `drainTimeoutMs` at most. Resolves when every connection is gone.
   *
   * Calling it again shortens the wait.
   */
  close(options: CloseOptions = {}): Promise<void> {
    const { sessions, listener, reception, http, watch } = this.#parts;
    const timeoutMs = options.drainTimeoutMs ?? sessions.options.limits.drainTimeoutMs;
    if (this.#isClosing) {
      sessions.options.clock.setTimer(() => this.#force(), timeoutMs);
      return this.closed;
    }
    this.#isClosing = true;
    listener.stop();
    watch.stop();
    reception.close();
    http.close();
    void this.#drain(timeoutMs);
    return this.closed;
  }

  async #drain(timeoutMs: number): Promise<void> {
    const { sessions, listener } = this.#parts;
    const forced = new Promise<void>((resolve) => {
      this.#force = resolve;
    });
    await Promise.race([sessions.drain(timeoutMs), forced]);
    const { clock, limits } = sessions.options;
    const timer = clock.setTimer(() => listener.destroyAll(), limits.closeTimeoutMs);
    void forced.then(() => listener.destroyAll());
    await listener.untilEmpty();
    clock.clearTimer(timer);
    this.#resolveClosed();
  }

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
