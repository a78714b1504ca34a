const NEVER = Number.POSITIVE_INFINITY;

/**
 * The server's half of liveness: it pings a line on which nothing was heard or nothing was written for a heartbeat, and
 * gives up one on which nothing was heard for two. Clients only answer, so throttled tabs keep their line.
 */
export class Heartbeat {
  /** When to check next. */
  at = NEVER;
  readonly #everyMs: number;
  #heardAt = 0;
  #pingedAt = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** A connection is attached. */
  start(now: number): void {
    this.#heardAt = now;
    this.#pingedAt = now;
    this.at = now + this.#everyMs;
  }

  stop(): void {
    this.at = NEVER;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  /** What to do now; call it when `at` has come. `wroteAt`: when anything last left. */
  check(now: number, wroteAt: number): "wait" | "ping" | "give-up" {
    const silentMs = now - this.#heardAt;
    const isSilent = silentMs >= this.#everyMs;
    if (silentMs >= 2 * this.#everyMs) {
      this.stop();
      return "give-up";
    }
    const isAsked = this.#pingedAt > this.#heardAt;
    const pings = (isSilent && !isAsked) || now - Math.max(wroteAt, this.#pingedAt) >= this.#everyMs;
    if (pings) this.#pingedAt = now;
    const quietSince = Math.max(wroteAt, this.#pingedAt);
    this.at = Math.min(this.#heardAt + (isSilent ? 2 : 1) * this.#everyMs, quietSince + this.#everyMs);
    return pings ? "ping" : "wait";
  }
}
