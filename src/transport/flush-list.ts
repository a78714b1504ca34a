import type { Clock } from "../runtime/deadlines.ts";

/** A connection that has something to send. */
export interface Flushable {
  flushNow(now: number): void;
}

/**
 * The connections that were written to in this turn of the event loop.
 *
 * They are flushed together when the turn is over, by one `setImmediate` whatever their number: a write is dear and
 * what it carries is cheap, so everything that a connection has to say in a turn leaves in one.
 */
export class FlushList {
  readonly #clock: Clock;
  #tasks: (() => void)[] = [];
  #waiting: Flushable[] = [];
  #flushing: Flushable[] = [];
  #isArmed = false;
  readonly #onTurnOver = (): void => this.#flush();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Flushes the connection when this turn is over. Add it once a turn. */
  add(connection: Flushable): void {
    this.#waiting.push(connection);
    this.#arm();
  }

  /** Calls back when this turn is over, before the connections are flushed: what it writes leaves with the rest. */
  afterTurn(callback: () => void): void {
    this.#tasks.push(callback);
    this.#arm();
  }

  #arm(): void {
    if (this.#isArmed) return;
    this.#isArmed = true;
    setImmediate(this.#onTurnOver);
  }

  /** What is written while others are flushed waits for the next turn, so that nobody is starved. */
  #flush(): void {
    this.#isArmed = false;
    if (this.#tasks.length > 0) {
      const tasks = this.#tasks;
      this.#tasks = [];
      for (const task of tasks) task();
    }
    const flushing = this.#waiting;
    this.#waiting = this.#flushing;
    this.#flushing = flushing;
    const now = this.#clock.now();
    for (const connection of flushing) connection.flushNow(now);
    flushing.length = 0;
  }
}
