import type { SessionStore, StoredSession } from "../runtime/ports.ts";

/** Session records and tombstones in memory. It outlives the servers that write to it. */
export class MemorySessionStore implements SessionStore {
  readonly #sessions = new Map<string, StoredSession>();

  async get(id: string): Promise<StoredSession | undefined> {
    return this.#sessions.get(id);
  }

  async put(id: string, stored: StoredSession): Promise<void> {
    this.#sessions.set(id, structuredClone(stored));
  }

  async delete(id: string): Promise<void> {
    this.#sessions.delete(id);
  }
}
