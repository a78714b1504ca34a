import type { ClientSnapshot } from "../session/client-machine.ts";
import type { OpenStore } from "./store.ts";

/** Keeps a store up to date with its session: one write at a time, each with everything that changed meanwhile. */
export class Journal {
  readonly #store: OpenStore;
  readonly #takeSnapshot: () => ClientSnapshot;
  readonly #onFailed: (error: unknown) => void;
  #isForgotten = false;
  /** How many changes there were, and how many of them are kept. */
  #changes = 0;
  #kept = 0;
  #write: Promise<number> | undefined;

  constructor(store: OpenStore, takeSnapshot: () => ClientSnapshot, onFailed: (error: unknown) => void) {
    this.#store = store;
    this.#takeSnapshot = takeSnapshot;
    this.#onFailed = onFailed;
  }

  /** The session changed. */
  changed(): void {
    this.#changes += 1;
    if (this.#write === undefined) void this.#run();
  }

  /** Resolves when what has changed so far is kept. Never rejects. */
  async settled(): Promise<void> {
    const upTo = this.#changes;
    while (this.#kept < upTo) await this.#write;
  }

  async #run(): Promise<void> {
    while (this.#kept < this.#changes) {
      this.#write = this.#writeOnce();
      this.#kept = await this.#write;
    }
    this.#write = undefined;
  }

  async #writeOnce(): Promise<number> {
    // What else changes in this turn is in the same write.
    await undefined;
    const upTo = this.#changes;
    try {
      await this.#store.write(this.#isForgotten ? undefined : this.#takeSnapshot());
    } catch (error) {
      // Better a session that does not survive a reload than one that stands still, or comes back as it was.
      this.#onFailed(error);
      if (!this.#isForgotten) this.#changes += 1;
      this.#isForgotten = true;
    }
    return upTo;
  }

  /** The session has ended: there is nothing to go on with. */
  async forget(): Promise<void> {
    this.#isForgotten = true;
    this.changed();
    await this.leave();
  }

  /** Lets another `connect` go on with the session. */
  async leave(): Promise<void> {
    await this.settled();
    this.#store.close();
  }
}
