import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";

interface Waiting {
  readonly begin: () => void;
}

/**
 * Makes whatever is stored take time, and fail now and then. Writes to one place happen in order. When their process is
 * killed, those under way have happened, or have not: the first few of each place.
 */
export class Slowness {
  /** How often something fails. */
  failures = 0;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #places = new Map<string, { at: number; readonly waiting: Set<Waiting> }>();

  constructor(clock: VirtualClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  get now(): number {
    return this.#clock.now();
  }

  /** Some time. */
  pause(mostMs: number): Promise<void> {
    return this.#clock.sleep(this.#random.between(0, mostMs));
  }

  async read<T>(find: () => T | Promise<T>): Promise<T> {
    await this.pause(2);
    const found = await find();
    await this.pause(2);
    if (this.#random.chance(this.failures)) throw new Error("the store could not read");
    return found;
  }

  write<T>(place: string, apply: () => Promise<T>): Promise<T> {
    const fails = this.#random.chance(this.failures);
    const isVain = fails && this.#random.chance(0.5);
    const queue = this.#placeOf(place);
    queue.at = Math.max(queue.at, this.#clock.now() + this.#random.between(0.5, 3));
    return new Promise((resolve, reject) => {
      const waiting = {
        begin: () => {
          if (!queue.waiting.delete(waiting)) return;
          const written = isVain ? undefined : apply();
          this.#answer(written, fails).then(resolve, reject);
        },
      };
      queue.waiting.add(waiting);
      this.#clock.setTimer(waiting.begin, queue.at - this.#clock.now());
    });
  }

  async #answer<T>(written: Promise<T> | undefined, fails: boolean): Promise<T> {
    const result = await written;
    await this.pause(1);
    if (fails) throw new Error("the store could not write");
    return result as T;
  }

  #placeOf(place: string): { at: number; readonly waiting: Set<Waiting> } {
    let queue = this.#places.get(place);
    if (queue === undefined) {
      queue = { at: 0, waiting: new Set() };
      this.#places.set(place, queue);
    }
    return queue;
  }

  /** The process that wrote is dead. */
  kill(): void {
    for (const { waiting } of this.#places.values()) {
      const count = this.#random.integer(0, waiting.size);
      for (const one of [...waiting].slice(0, count)) one.begin();
      waiting.clear();
    }
  }
}
