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
  #wroteAt = 0;
  #pingedAt = 0;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** A connection is attached. */
  start(now: number): void {
    this.#heardAt = now;
    this.#wroteAt = now;
    this.#pingedAt = now;
    this.at = now + this.#everyMs;
  }

  stop(): void {
    this.at = NEVER;
  }

  heard(now: number): void {
    this.#heardAt = now;
  }

  wrote(now: number): void {
    this.#wroteAt = now;
  }

  /** What to do now; call it when `at` has come. */
  check(now: number): "wait" | "ping" | "give-up" {
    const silentMs = now - this.#heardAt;
    const isSilent = silentMs >= this.#everyMs;
    if (silentMs >= 2 * this.#everyMs) {
      this.stop();
      return "give-up";
    }
    const isAsked = this.#pingedAt > this.#heardAt;
    const pings = (isSilent && !isAsked) || now - this.#wroteAt >= this.#everyMs;
    if (pings) this.#wroteAt = this.#pingedAt = now;
    this.at = Math.min(this.#heardAt + (isSilent ? 2 : 1) * this.#everyMs, this.#wroteAt + this.#everyMs);
    return pings ? "ping" : "wait";
  }
}
