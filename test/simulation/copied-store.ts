import type { OpenStore, Store } from "../../src/client/store.ts";
import type { ClientSnapshot } from "../../src/session/client-snapshot.ts";
import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** A client's store, which somebody may copy. */
export class CopiedStore implements Store {
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  #kept: ClientSnapshot | undefined;

  constructor(clock: VirtualClock, random: SeededRandom, kept?: ClientSnapshot) {
    this.#clock = clock;
    this.#random = random;
    this.#kept = kept;
  }

  /** Another store with what is in this one now. */
  copy(): CopiedStore {
    return new CopiedStore(this.#clock, this.#random, structuredClone(this.#kept));
  }

  get isEmpty(): boolean {
    return this.#kept === undefined;
  }

  async open(): Promise<OpenStore> {
    return {
      snapshot: this.#kept,
      write: async (snapshot) => {
        const copy = structuredClone(snapshot);
        await this.#clock.sleep(this.#random.between(0, 1));
        this.#kept = copy;
      },
      close: () => {},
    };
  }
}
