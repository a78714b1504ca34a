import type { Entry } from "../broker.ts";
import { wordsOf } from "../words.ts";
import { type Database, type Statement, textOf } from "./binding.ts";
import { COLUMNS, toEntry } from "./log-table.ts";
import type { RoomTable, StoredRoom } from "./room-table.ts";

/** Entries whose words are taken up at once: some milliseconds' work. */
const STEP = 500;

/**
 * The words of entries. They are taken up after the entries are on disk, when there is time, so that sending does not
 * wait for it; a search takes up what is missing first.
 */
export class SearchIndex {
  readonly #rooms: RoomTable;
  readonly #add: Statement;
  readonly #find: Statement;
  /** Names of rooms with entries that are not in it. */
  readonly #waiting = new Set<string>();
  readonly #behind: Statement;

  constructor(database: Database, rooms: RoomTable) {
    this.#rooms = rooms;
    this.#add = database.prepare(
      `INSERT INTO words (rowid, text) SELECT id, coalesce(text, payload) FROM entries
       WHERE id BETWEEN (?1 << 40) + ?2 AND (?1 << 40) + ?3 AND (text IS NOT NULL OR typeof(payload) = 'text')`,
    );
    this.#find = database.prepare(
      `SELECT ${COLUMNS} FROM entries WHERE id IN (
         SELECT rowid FROM words WHERE words MATCH ?4 AND rowid BETWEEN (?1 << 40) + ?2 AND (?1 << 40) + ?3
         ORDER BY rowid DESC LIMIT ?5
       ) ORDER BY id`,
    );
    this.#behind = database.prepare("SELECT CAST(name AS BLOB) AS name FROM rooms WHERE indexed < head");
  }

  /** What the disk knows. */
  load(): void {
    for (const { name } of this.#behind.all()) this.#waiting.add(textOf(name));
  }

  get isComplete(): boolean {
    return this.#waiting.size === 0;
  }

  /** It was appended to. */
  note(room: StoredRoom): void {
    this.#waiting.add(room.name);
  }

  /** Takes up some more, of this room or of any. */
  step(name = this.#next()): void {
    const room = name === undefined ? undefined : this.#rooms.find(name);
    if (name === undefined || room === undefined) return;
    const last = Math.min(room.head, room.indexed + STEP);
    this.#add.run(room.id, room.indexed + 1, last);
    room.indexed = last;
    this.#rooms.changed(room);
    if (last === room.head) this.#waiting.delete(name);
  }

  #next(): string | undefined {
    const [name] = this.#waiting;
    return name;
  }

  /** Whether everything that is in the room's log is in here. */
  covers(name: string): boolean {
    return !this.#waiting.has(name);
  }

  search(name: string, text: string, limit: number): Entry[] {
    const room = this.#rooms.find(name);
    const words = wordsOf(text);
    if (room === undefined || words.length === 0) return [];
    const query = `${words.map((word) => `"${word}"`).join(" ")}*`;
    return this.#find.all(room.id, room.trimmed + 1, room.head, query, limit).map(toEntry);
  }
}
