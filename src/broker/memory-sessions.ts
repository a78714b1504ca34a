import type { SessionStore, StoredSession } from "../runtime/ports.ts";

interface Kept {
  readonly stored: StoredSession;
  readonly expiresAt: number;
}

/** Records and tombstones in memory, each until it expires. */
export class MemorySessions implements SessionStore {
  readonly #now: () => number;
  readonly #maxSessions: number;
  readonly #kept = new Map<string, Kept>();

  constructor(now: () => number, maxSessions: number) {
    this.#now = now;
    this.#maxSessions = maxSessions;
  }

  get size(): number {
    return this.#kept.size;
  }

  async get(id: string): Promise<StoredSession | undefined> {
    const kept = this.#kept.get(id);
    return kept !== undefined && kept.expiresAt > this.#now() ? kept.stored : undefined;
  }

  async put(id: string, stored: StoredSession, keepMs: number): Promise<void> {
    const now = this.#now();
    // Again at the end, since the order of putting is the order of expiring.
    this.#kept.delete(id);
    this.#kept.set(id, { stored, expiresAt: now + keepMs });
    this.#sweep(now);
  }

  async delete(id: string): Promise<void> {
    this.#kept.delete(id);
  }

  #sweep(now: number): void {
    for (const [id, { expiresAt }] of this.#kept) {
      if (expiresAt > now && this.#kept.size <= this.#maxSessions) return;
      this.#kept.delete(id);
    }
  }
}
