import type { Clock } from "../runtime/deadlines.ts";

/** How often the delay is measured: often enough to notice, seldom enough to cost nothing. */
const EVERY_MS = 250;

/** Notices when the event loop is late, by a timer that knows when it should have been called. */
export class EventLoopWatch {
  readonly #clock: Clock;
  readonly #onDelay: (delayMs: number) => void;
  #timer: unknown;
  #dueAt = 0;
  readonly #onTimer = (): void => this.#measure();

  /** `onDelay` is told how late the loop was, again and again. */
  constructor(clock: Clock, onDelay: (delayMs: number) => void) {
    this.#clock = clock;
    this.#onDelay = onDelay;
    this.#arm();
  }

  #measure(): void {
    this.#onDelay(Math.max(0, this.#clock.now() - this.#dueAt));
    this.#arm();
  }

  #arm(): void {
    this.#dueAt = this.#clock.now() + EVERY_MS;
    this.#timer = this.#clock.setTimer(this.#onTimer, EVERY_MS);
  }

  stop(): void {
    this.#clock.clearTimer(this.#timer);
  }
}
