/** How much a client may send: `perSecond` on average, twice that at once. Time is an argument. */
export class TokenBucket {
  readonly #perSecond: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#tokens = 2 * perSecond;
    this.#at = now;
  }

  /** Takes one token and gives 0, or gives how many milliseconds it takes until there is one. */
  take(now: number): number {
    this.#refill(now);
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1_000) / this.#perSecond);
    this.#tokens -= 1;
    return 0;
  }

  #refill(now: number): void {
    const earned = ((now - this.#at) * this.#perSecond) / 1_000;
    this.#tokens = Math.min(2 * this.#perSecond, this.#tokens + earned);
    this.#at = now;
  }
}
