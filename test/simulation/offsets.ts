import type { SeededRandom } from "../../src/testing/seeded-random.ts";

/** Offsets that skip, as those of a stream with several rooms in it do: between the n-th and the next lies something. */
export class Offsets {
  readonly #random: SeededRandom;
  readonly #skips: number;
  /** By the number of the entry; 0 is 0. */
  readonly #outside = [0];

  /** `skips`: how often there is a gap. */
  constructor(random: SeededRandom, skips: number) {
    this.#random = random;
    this.#skips = skips;
  }

  /** The offset of the n-th entry. */
  outside(number: number): number {
    for (let last = this.#outside.length - 1; last < number; last += 1) {
      const step = this.#random.chance(this.#skips) ? this.#random.integer(2, 5) : 1;
      this.#outside.push((this.#outside[last] as number) + step);
    }
    return this.#outside[number] as number;
  }

  /** The number of the last entry that is not above this offset. */
  inside(offset: number): number {
    let number = 0;
    while (this.outside(number + 1) <= offset) number += 1;
    return number;
  }
}
