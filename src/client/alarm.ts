import type { Clock } from "../runtime/deadlines.ts";
import { NEVER } from "../session/never.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** One timer for one client. Deadlines are lazy: who is rung says when to be rung again. */
export class Alarm {
  readonly #clock: Clock;
  /** Does what is due; returns when to be called again. */
  readonly #ring: (now: number) => number;
  #timer: unknown;
  #at = NEVER;

  constructor(clock: Clock, ring: (now: number) => number) {
    this.#clock = clock;
    this.#ring = ring;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Rings no later than `atMs`. */
  wake(atMs: number): void {
    if (atMs >= this.#at) return;
    this.#clock.clearTimer(this.#timer);
    this.#at = atMs;
    this.#timer = this.#clock.setTimer(
      () => {
        this.#at = NEVER;
        const now = this.now();
        // At least a millisecond on: what is due again and again must not stop the loop.
        this.wake(Math.max(now + 1, this.#ring(now)));
      },
      // What fires early, because a timer counts no further, is armed again.
      Math.min(LONGEST_TIMER_MS, Math.max(0, atMs - this.now())),
    );
  }

  /** Rings no more. Without a timer, a process that waits for nothing else can end. */
  stop(): void {
    this.#clock.clearTimer(this.#timer);
    this.#at = -NEVER;
  }
}
