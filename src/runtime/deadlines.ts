/** Time, as the runtime sees it: the real one, or a test's. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** Calls back once, no earlier than `delayMs` from now. */
  setTimer(callback: () => void, delayMs: number): unknown;
  clearTimer(timer: unknown): void;
}

/** Something that wants to be woken. The two fields are `Deadlines`' own: in the item, they cost no map. */
export interface Timed {
  /** Does what is due; returns when to be called again, or `Infinity`. */
  onTime(now: number): number;
  deadlineAt: number;
  deadlineIndex: number;
}

/**
 * One timer for any number of deadlines: a heap, ordered by time.
 *
 * Deadlines are lazy: moving one later costs nothing, since the item is asked again when the old one comes. So a
 * session that is busy for hours is touched here once a heartbeat, not once a message.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #heap: Timed[] = [];
  #timer: unknown;
  #timerAt = Number.POSITIVE_INFINITY;
  readonly #onTimer = (): void => this.#run();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Calls `item.onTime` no later than `atMs`, if nothing earlier is arranged. */
  wake(item: Timed, atMs: number): void {
    if (atMs === Number.POSITIVE_INFINITY) return;
    if (item.deadlineIndex < 0) {
      item.deadlineAt = atMs;
      item.deadlineIndex = this.#heap.length;
      this.#heap.push(item);
      this.#siftUp(item);
    } else if (atMs < item.deadlineAt) {
      item.deadlineAt = atMs;
      this.#siftUp(item);
    } else {
      return;
    }
    this.#arm();
  }

  /** Forgets an item. */
  cancel(item: Timed): void {
    const index = item.deadlineIndex;
    if (index < 0) return;
    const last = this.#heap.pop() as Timed;
    item.deadlineIndex = -1;
    if (last === item) {
      this.#rest();
      return;
    }
    this.#heap[index] = last;
    last.deadlineIndex = index;
    this.#siftUp(last);
    this.#siftDown(last);
  }

  /** Without deadlines there is no timer either: a process that waits for nothing else can end. */
  #rest(): void {
    if (this.#heap.length > 0 || this.#timer === undefined) return;
    this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #run(): void {
    this.#timer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let item = this.#heap[0]; item !== undefined && item.deadlineAt <= now; item = this.#heap[0]) {
      this.cancel(item);
      const next = item.onTime(now);
      // At least a millisecond on: an item that is due at once, again and again, must not stop the loop.
      this.wake(item, next === Number.POSITIVE_INFINITY ? next : Math.max(next, now + 1));
    }
    this.#arm();
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.deadlineAt >= this.#timerAt) return;
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timerAt = first.deadlineAt;
    this.#timer = this.#clock.setTimer(this.#onTimer, Math.max(0, first.deadlineAt - this.#clock.now()));
  }

  #siftUp(item: Timed): void {
    const heap = this.#heap;
    let index = item.deadlineIndex;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as Timed;
      if (parent.deadlineAt <= item.deadlineAt) break;
      heap[index] = parent;
      parent.deadlineIndex = index;
      index = parentIndex;
    }
    heap[index] = item;
    item.deadlineIndex = index;
  }

  #siftDown(item: Timed): void {
    const heap = this.#heap;
    let index = item.deadlineIndex;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && right.deadlineAt < child.deadlineAt) {
        childIndex += 1;
        child = right;
      }
      if (child.deadlineAt >= item.deadlineAt) break;
      heap[index] = child;
      child.deadlineIndex = index;
      index = childIndex;
    }
    heap[index] = item;
    item.deadlineIndex = index;
  }
}
