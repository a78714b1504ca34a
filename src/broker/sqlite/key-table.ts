import { MemoryKeys } from "../memory-keys.ts";
import type { Database, Statement } from "./binding.ts";

/** Rows that a transaction lets go of at the most. */
const SWEPT = 8;

/** A key that was used or renewed, as it is on disk. */
type KeyUse = [name: string, epoch: number, offset: number, check: number, expiresAt: number];

/**
 * Idempotency keys: looked up in memory, and on disk only so that the next process knows them.
 *
 * A row has all that were used, or renewed, in one transaction. Rows are added at one end and let go of at the other: an
 * index of keys on disk would cost a page for each sender's, in each transaction (docs/decisions/014).
 */
export class KeyTable {
  readonly known: MemoryKeys;
  readonly #insert: Statement;
  readonly #oldest: Statement;
  readonly #delete: Statement;
  readonly #all: Statement;
  #used: KeyUse[] = [];

  constructor(database: Database, maxKeys: number) {
    this.known = new MemoryKeys(maxKeys, (name, { epoch, offset, check, expiresAt }) => {
      this.#used.push([name, epoch, offset, check, expiresAt]);
    });
    this.#insert = database.prepare("INSERT INTO keys (uses, expires) VALUES (?, ?)");
    this.#oldest = database.prepare(`SELECT id, expires FROM keys ORDER BY id LIMIT ${SWEPT}`);
    this.#delete = database.prepare("DELETE FROM keys WHERE id = ?");
    this.#all = database.prepare("SELECT uses FROM keys ORDER BY id");
  }

  /** What the disk knows. */
  load(): void {
    this.known.clear();
    this.#used = [];
    for (const { uses } of this.#all.all()) {
      for (const [name, epoch, offset, check, expiresAt] of JSON.parse(String(uses)) as KeyUse[]) {
        this.known.restore(name, { epoch, offset, check, expiresAt });
      }
    }
  }

  /** Writes what was used in this transaction. */
  flush(now: number): void {
    this.known.sweep(now);
    if (this.#used.length > 0) {
      const expires = this.#used.reduce((latest, [, , , , expiresAt]) => Math.max(latest, expiresAt), 0);
      this.#insert.run(JSON.stringify(this.#used), Math.ceil(expires));
      this.#used = [];
    }
    for (const row of this.#oldest.all()) {
      if (Number(row.expires) > now) break;
      this.#delete.run(Number(row.id));
    }
  }
}
