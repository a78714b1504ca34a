import { holdsTooMuch, leastAgeMs, type RetentionPlan, retentionOf } from "../retention.ts";
import { type Database, type Statement, textOf } from "./binding.ts";
import type { RoomTable, StoredRoom } from "./room-table.ts";
import type { SearchIndex } from "./search-index.ts";

/** Entries that a step lets go of, besides as many as were appended: a millisecond's work. */
const STEP = 100;
/** Entries of one room that are looked at together. */
const LOOK = 50;
/** Rooms that a step looks through for what is too old, or too much since less is kept than before. */
const ROOMS = 200;
/** How often all rooms are looked through, as a part of the least age that is too great; and the most time between. */
const SWEEPS_PER_AGE = 16;
const MAX_SWEEP_MS = 3_600_000;

/** Lets go of what retention no longer allows, in small steps. */
export class Trimmer {
  readonly #retention: RetentionPlan;
  readonly #sweepEveryMs: number;
  readonly #rooms: RoomTable;
  readonly #index: SearchIndex;
  readonly #oldest: Statement;
  readonly #delete: Statement;
  readonly #someRooms: Statement;
  /** Names of rooms that may hold too much. */
  readonly #waiting = new Set<string>();
  #sweptAt = Number.NEGATIVE_INFINITY;
  /** Rooms up to this id have been looked through in this sweep; none is under way when it is `undefined`. */
  #sweptTo: number | undefined;

  constructor(database: Database, rooms: RoomTable, index: SearchIndex, retention: RetentionPlan) {
    this.#retention = retention;
    this.#sweepEveryMs = Math.min(leastAgeMs(retention) / SWEEPS_PER_AGE, MAX_SWEEP_MS);
    this.#rooms = rooms;
    this.#index = index;
    const range = "BETWEEN (?1 << 40) + ?2 AND (?1 << 40) + ?3";
    const weight = "octet_length(payload) + coalesce(octet_length(text), 0)";
    this.#oldest = database.prepare(
      `SELECT at, ${weight} AS bytes FROM entries WHERE id ${range} ORDER BY id LIMIT ${LOOK}`,
    );
    this.#delete = database.prepare(`DELETE FROM entries WHERE id ${range}`);
    this.#someRooms = database.prepare(
      `SELECT id, CAST(name AS BLOB) AS name, head - trimmed AS entries, bytes,
         (SELECT at FROM entries WHERE entries.id = (rooms.id << 40) + trimmed + 1) AS oldestAt
       FROM rooms WHERE id > ? ORDER BY id LIMIT ${ROOMS}`,
    );
  }

  /** It was appended to. */
  note({ name, head, trimmed, bytes }: StoredRoom): void {
    const { maxEntries, maxBytes } = retentionOf(this.#retention, name);
    if (head - trimmed > maxEntries || bytes > maxBytes) this.#waiting.add(name);
  }

  /** Lets go of some of it, in a transaction that appended so many entries. Returns whether there is more. */
  step(now: number, appended: number): boolean {
    this.#sweep(now);
    let left = STEP + appended;
    for (const name of this.#waiting) {
      const room = this.#rooms.find(name);
      // There is none if the transaction failed that would have made it.
      for (let trimmed = 1; trimmed > 0 && left > 0; left -= trimmed) {
        trimmed = room === undefined ? 0 : this.#trim(room, now);
      }
      if (left <= 0) break;
      this.#waiting.delete(name);
    }
    return this.#waiting.size > 0 || this.#sweptTo !== undefined;
  }

  /** Returns how many went. */
  #trim(room: StoredRoom, now: number): number {
    const retention = retentionOf(this.#retention, room.name);
    const first = room.trimmed + 1;
    for (const { at, bytes } of this.#oldest.all(room.id, first, room.head)) {
      const holding = { entries: room.head - room.trimmed, bytes: room.bytes, oldestAt: Number(at) };
      if (!holdsTooMuch(retention, holding, now)) break;
      room.trimmed += 1;
      room.bytes -= Number(bytes);
    }
    if (room.trimmed < first) return 0;
    this.#delete.run(room.id, first, room.trimmed);
    const count = room.trimmed - first + 1;
    this.#index.forget(room, count);
    this.#rooms.changed(room);
    return count;
  }

  /** Looks through some rooms, when it is time. */
  #sweep(now: number): void {
    if (this.#sweptTo === undefined) {
      // A clock may go back.
      if (Math.abs(now - this.#sweptAt) < this.#sweepEveryMs) return;
      this.#sweptTo = 0;
      this.#sweptAt = now;
    }
    const rooms = this.#someRooms.all(this.#sweptTo);
    for (const { name, entries, bytes, oldestAt } of rooms) {
      const room = textOf(name);
      const holding = { entries: Number(entries), bytes: Number(bytes), oldestAt: Number(oldestAt ?? now) };
      if (holdsTooMuch(retentionOf(this.#retention, room), holding, now)) this.#waiting.add(room);
    }
    this.#sweptTo = rooms.length < ROOMS ? undefined : Number(rooms.at(-1)?.id);
  }
}
