import type { Retention } from "../retention.ts";
import { type Database, type Statement, textOf } from "./binding.ts";
import type { RoomTable, StoredRoom } from "./room-table.ts";

/** Entries that a step lets go of, besides as many as were appended: a few milliseconds' work. */
const STEP = 500;
/** Entries of one room that are looked at together. */
const LOOK = 50;
/** Rooms that a step looks through for entries that are too old. */
const ROOMS = 200;
/** How often all rooms are looked through, as a part of the greatest age; and the most time between. */
const SWEEPS_PER_AGE = 16;
const MAX_SWEEP_MS = 3_600_000;

/** Lets go of what retention no longer allows, in small steps. */
export class Trimmer {
  readonly #retention: Retention;
  readonly #rooms: RoomTable;
  readonly #oldest: Statement;
  readonly #delete: Statement;
  readonly #deleteWords: Statement;
  readonly #oldestOfRooms: Statement;
  /** Names of rooms that may hold too much. */
  readonly #waiting = new Set<string>();
  #sweepAt = 0;
  /** Rooms up to this id have been looked through in this sweep; none is under way when it is `undefined`. */
  #sweptTo: number | undefined;

  constructor(database: Database, rooms: RoomTable, retention: Retention) {
    this.#retention = retention;
    this.#rooms = rooms;
    const range = "BETWEEN (?1 << 40) + ?2 AND (?1 << 40) + ?3";
    const weight = "octet_length(payload) + coalesce(octet_length(text), 0)";
    this.#oldest = database.prepare(
      `SELECT at, ${weight} AS bytes FROM entries WHERE id ${range} ORDER BY id LIMIT ${LOOK}`,
    );
    this.#delete = database.prepare(`DELETE FROM entries WHERE id ${range}`);
    this.#deleteWords = database.prepare(`DELETE FROM words WHERE rowid ${range}`);
    this.#oldestOfRooms = database.prepare(
      `SELECT id, CAST(name AS BLOB) AS name, (SELECT at FROM entries WHERE entries.id = (rooms.id << 40) + trimmed + 1) AS at
       FROM rooms WHERE id > ? ORDER BY id LIMIT ${ROOMS}`,
    );
  }

  /** It was appended to. */
  note(room: StoredRoom): void {
    const { maxEntries, maxBytes } = this.#retention;
    if (room.head - room.trimmed > maxEntries || room.bytes > maxBytes) this.#waiting.add(room.name);
  }

  /** Lets go of some of it, in a transaction that appended so many entries. Returns whether there is more. */
  step(now: number, appended: number): boolean {
    this.#sweep(now);
    let left = STEP + appended;
    for (const name of this.#waiting) {
      const room = this.#rooms.find(name);
      const trimmed = room === undefined ? 0 : this.#trim(room, now);
      if (trimmed === 0) this.#waiting.delete(name);
      left -= trimmed;
      if (left <= 0) break;
    }
    return this.#waiting.size > 0 || this.#sweptTo !== undefined;
  }

  /** Returns how many went. */
  #trim(room: StoredRoom, now: number): number {
    const { maxEntries, maxBytes, maxAgeMs } = this.#retention;
    const first = room.trimmed + 1;
    for (const { at, bytes } of this.#oldest.all(room.id, first, room.head)) {
      const count = room.head - room.trimmed;
      // The newest entry goes only by its age.
      const isOver = count > 1 && (count > maxEntries || room.bytes > maxBytes);
      if (!isOver && Number(at) >= now - maxAgeMs) break;
      room.trimmed += 1;
      room.bytes -= Number(bytes);
    }
    if (room.trimmed < first) return 0;
    this.#delete.run(room.id, first, room.trimmed);
    this.#deleteWords.run(room.id, first, room.trimmed);
    room.indexed = Math.max(room.indexed, room.trimmed);
    this.#rooms.changed(room);
    return room.trimmed - first + 1;
  }

  /** Looks through some rooms for entries that are too old. */
  #sweep(now: number): void {
    const { maxAgeMs } = this.#retention;
    if (this.#sweptTo === undefined) {
      if (now < this.#sweepAt || maxAgeMs === Number.POSITIVE_INFINITY) return;
      this.#sweptTo = 0;
      this.#sweepAt = now + Math.min(maxAgeMs / SWEEPS_PER_AGE, MAX_SWEEP_MS);
    }
    const rooms = this.#oldestOfRooms.all(this.#sweptTo);
    for (const { name, at } of rooms) {
      if (at !== null && Number(at) < now - maxAgeMs) this.#waiting.add(textOf(name));
    }
    this.#sweptTo = rooms.length < ROOMS ? undefined : Number(rooms.at(-1)?.id);
  }
}
