/** What every empty queue shares: there are several in each of very many sessions. */
const NOTHING: never[] = [];

/** A first-in, first-out queue with access by position, for windows of messages. Holds no memory while empty. */
export class Queue<T> {
  #items: (T | undefined)[] = NOTHING;
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    if (this.#items === NOTHING) this.#items = [];
    this.#items.push(item);
  }

  /** The item `index` places from the front, or `undefined`. */
  at(index: number): T | undefined {
    return index < 0 ? undefined : this.#items[this.#head + index];
  }

  shift(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    // The place outlives its item for a while, which must not be kept by it.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      // A burst must not leave its array behind in a session that is then idle for days.
      if (this.#items.length > 64) this.#items = NOTHING;
      else this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head >= 64 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  clear(): void {
    this.#items = NOTHING;
    this.#head = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let index = this.#head; index < this.#items.length; index += 1) yield this.#items[index] as T;
  }
}
