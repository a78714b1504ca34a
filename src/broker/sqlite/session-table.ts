import type { Database, Statement } from "./binding.ts";

/** Rows that a transaction lets go of at the most. */
const SWEPT = 100;

/** Records and tombstones, as text, each until it expires. */
export class SessionTable {
  readonly #get: Statement;
  readonly #put: Statement;
  readonly #delete: Statement;
  readonly #sweep: Statement;

  constructor(database: Database) {
    this.#get = database.prepare("SELECT stored FROM sessions WHERE id = ? AND expires > ?");
    this.#put = database.prepare("INSERT OR REPLACE INTO sessions VALUES (?, ?, ?)");
    this.#delete = database.prepare("DELETE FROM sessions WHERE id = ?");
    this.#sweep = database.prepare(
      `DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires <= ? ORDER BY expires LIMIT ${SWEPT})`,
    );
  }

  get(id: string, now: number): string | undefined {
    return this.#get.get(id, now)?.stored as string | undefined;
  }

  put(id: string, stored: string, expires: number): void {
    this.#put.run(id, stored, Math.ceil(expires));
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  sweep(now: number): void {
    this.#sweep.run(now);
  }
}
