/** Looked at no more often than this while acknowledgements are withheld. */
const LOOK_EVERY_MS = 50;

/**
 * Withholds acknowledgements from a client that sends more than `perSecond`: its window fills, and its `send()` waits.
 * Twice `perSecond` may be acknowledged at once.
 */
export class AckPace {
  readonly #perSecond: number;
  #allowed: number;
  #at: number;

  /** `from`: the number that is acknowledged already. */
  constructor(perSecond: number, from: number, now: number) {
    this.#perSecond = perSecond;
    this.#allowed = from + 2 * perSecond;
    this.#at = now;
  }

  /** The highest number that may be acknowledged. */
  get allowed(): number {
    return Math.floor(this.#allowed);
  }

  /** Lets time pass; `acknowledged` is what has been told so far. */
  advance(now: number, acknowledged: number): void {
    const earned = ((now - this.#at) * this.#perSecond) / 1_000;
    this.#allowed = Math.min(acknowledged + 2 * this.#perSecond, this.#allowed + earned);
    this.#at = now;
  }

  /** When it is worth looking again. */
  nextLook(now: number): number {
    return now + Math.max(LOOK_EVERY_MS, 1_000 / this.#perSecond);
  }
}
