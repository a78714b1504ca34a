import type { Clock } from "../runtime/deadlines.ts";

/** One thing that will happen. */
interface VirtualTimer {
  readonly at: number;
  /** What was arranged first happens first, where the time is the same. */
  readonly order: number;
  /** `undefined` once it was cleared. */
  callback: (() => void) | undefined;
}

/**
 * Time that stands still until somebody lets it pass. Everything of Bowline's that waits, waits on it.
 *
 * Between two events the program comes to rest: every promise that can settle has settled before the next one happens.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #made = 0;
  readonly #heap: VirtualTimer[] = [];

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): VirtualTimer {
    const timer = { at: this.#now + Math.max(0, delayMs), order: this.#made, callback };
    this.#made += 1;
    this.#push(timer);
    return timer;
  }

  clearTimer(timer: unknown): void {
    if (timer !== undefined) (timer as VirtualTimer).callback = undefined;
  }

  /** Resolves when that much time has passed. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(resolve, ms);
    });
  }

  /** Lets time pass, and everything happen that is due in it. */
  async advance(ms: number): Promise<void> {
    await this.advanceUntil(() => false, ms);
  }

  /** Lets time pass until `isDone`, or for `ms` at most; says whether it is done. Asks after every event. */
  async advanceUntil(isDone: () => boolean, ms: number): Promise<boolean> {
    const until = this.#now + ms;
    await atRest();
    while (!isDone()) {
      const timer = this.#heap[0];
      if (timer === undefined || timer.at > until) {
        this.#now = Math.max(this.#now, until);
        return false;
      }
      this.#shift();
      const { callback } = timer;
      if (callback === undefined) continue;
      this.#now = Math.max(this.#now, timer.at);
      callback();
      await atRest();
    }
    return true;
  }

  #push(timer: VirtualTimer): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as VirtualTimer;
      if (isBefore(parent, timer)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  #shift(): void {
    const heap = this.#heap;
    const last = heap.pop() as VirtualTimer;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        childIndex += 1;
        child = right;
      }
      if (isBefore(last, child)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function isBefore(a: VirtualTimer, b: VirtualTimer): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

/** A turn of the event loop later: all microtasks have run. Measured at 1 µs, so there is no point in counting them. */
function atRest(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
