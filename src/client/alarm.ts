import type { Clock, Timed } from "../runtime/deadlines.ts";

/** The deadlines of one client, on one timer. They are few, so that they need no heap. */
export class Alarm {
  readonly #clock: Clock;
  readonly #items = new Set<Timed>();
  #timer: unknown;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `item.onTime` no later than `atMs`, if nothing earlier is arranged. */
  wake(item: Timed, atMs: number): void {
    if (this.#items.has(item) && atMs >= item.deadlineAt) return;
    if (atMs === Number.POSITIVE_INFINITY) return;
    item.deadlineAt = atMs;
    this.#items.add(item);
    if (atMs < this.#timerAt) this.#arm();
  }

  /** Forgets an item. Without items there is no timer either: a process that waits for nothing else can end. */
  cancel(item: Timed): void {
    this.#items.delete(item);
    if (this.#items.size === 0) this.#arm();
  }

  #arm(): void {
    this.#clock.clearTimer(this.#timer);
    this.#timerAt = Math.min(...[...this.#items].map(({ deadlineAt }) => deadlineAt));
    if (this.#items.size > 0) {
      this.#timer = this.#clock.setTimer(() => this.#ring(), Math.max(0, this.#timerAt - this.#clock.now()));
    }
  }

  #ring(): void {
    const now = this.#clock.now();
    for (const item of [...this.#items]) {
      if (item.deadlineAt > now || !this.#items.delete(item)) continue;
      // At least a millisecond on: what is due again and again must not stop the loop.
      this.wake(item, Math.max(now + 1, item.onTime(now)));
    }
    this.#arm();
  }
}
