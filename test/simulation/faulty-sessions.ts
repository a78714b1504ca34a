import type { SessionStore, StoredSession } from "../../src/runtime/ports.ts";
import type { Slowness } from "./slowness.ts";

/** Session records that take their time, and whose writes fail now and then: some of them after all was written. */
export class FaultySessions implements SessionStore {
  readonly #slowness: Slowness;
  readonly #stored = new Map<string, { readonly session: StoredSession; readonly until: number }>();

  constructor(slowness: Slowness) {
    this.#slowness = slowness;
  }

  async get(id: string): Promise<StoredSession | undefined> {
    return this.#slowness.read(() => {
      const found = this.#stored.get(id);
      return found !== undefined && found.until > this.#slowness.now ? structuredClone(found.session) : undefined;
    });
  }

  put(id: string, session: StoredSession, keepMs: number): Promise<void> {
    const copy = structuredClone(session);
    return this.#slowness.write(id, async () => {
      this.#stored.set(id, { session: copy, until: this.#slowness.now + keepMs });
    });
  }

  delete(id: string): Promise<void> {
    return this.#slowness.write(id, async () => void this.#stored.delete(id));
  }
}
