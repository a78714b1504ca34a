import type { SessionStore, StoredSession } from "../../src/runtime/ports.ts";
import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";

interface Pending {
  apply(): void;
}

/**
 * Session records that take their time, and whose writes fail now and then: some of them after all was written.
 * It survives the server; what was under way when that was killed is there, or is not.
 */
export class FaultyStore implements SessionStore {
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #onTombstone: (id: string) => void;
  readonly #stored = new Map<string, { readonly session: StoredSession; readonly until: number }>();
  readonly #pending = new Set<Pending>();
  failures = 0;

  constructor(clock: VirtualClock, random: SeededRandom, onTombstone: (id: string) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#onTombstone = onTombstone;
  }

  async get(id: string): Promise<StoredSession | undefined> {
    await this.#clock.sleep(this.#random.between(0, 2));
    const found = this.#stored.get(id);
    const stored = found !== undefined && found.until > this.#clock.now() ? structuredClone(found.session) : undefined;
    await this.#clock.sleep(this.#random.between(0, 2));
    if (this.#random.chance(this.failures)) throw new Error("the store could not read");
    return stored;
  }

  put(id: string, session: StoredSession, keepMs: number): Promise<void> {
    const copy = structuredClone(session);
    const fails = this.#random.chance(this.failures);
    const isWritten = !fails || this.#random.chance(0.5);
    return this.#write(fails, () => {
      if (!isWritten) return;
      this.#stored.set(id, { session: copy, until: this.#clock.now() + keepMs });
      if (copy.kind === "tombstone") this.#onTombstone(id);
    });
  }

  delete(id: string): Promise<void> {
    return this.#write(false, () => void this.#stored.delete(id));
  }

  /** The server that wrote is dead. */
  kill(): void {
    for (const pending of this.#pending) if (this.#random.chance(0.5)) pending.apply();
    this.#pending.clear();
  }

  async #write(fails: boolean, apply: () => void): Promise<void> {
    const pending = { apply };
    this.#pending.add(pending);
    await this.#clock.sleep(this.#random.between(0.5, 3));
    if (!this.#pending.delete(pending)) return;
    apply();
    await this.#clock.sleep(this.#random.between(0, 1));
    if (fails) throw new Error("the store could not write");
  }
}
