/** So many restarts of each thread within so long are borne; then it is waited, and longer each time. */
const MOST_RESTARTS = 5;
const WITHIN_MS = 10_000;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/** When threads were started again, and so how long to wait before the next time. */
export class Restarts {
  #times: number[] = [];
  #delayMs = FIRST_DELAY_MS;

  /** One more, of so many threads. Gives the time to wait: 0 as long as they are few. */
  add(now: number, threads: number): number {
    const last = this.#times.at(-1) ?? Number.NEGATIVE_INFINITY;
    if (now - last > WITHIN_MS + this.#delayMs) this.#delayMs = FIRST_DELAY_MS;
    this.#times = [...this.#times.filter((time) => now - time <= WITHIN_MS), now];
    if (this.#times.length <= MOST_RESTARTS * threads) return 0;
    const delayMs = this.#delayMs;
    this.#delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS);
    return delayMs;
  }
}
