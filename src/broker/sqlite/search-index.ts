import type { Entry } from "../broker.ts";
import { wordsOf } from "../words.ts";
import { type Database, type Statement, textOf } from "./binding.ts";
import { COLUMNS, toEntry } from "./log-table.ts";
import type { RoomTable, StoredRoom } from "./room-table.ts";

/** Entries whose words are taken up at once: some milliseconds' work. */
const STEP = 500;

/** As long as there are no more entries that are gone than this, or than there are others, their words stay. */
const MAX_GONE = 10_000;

/**
 * The words of entries. They are taken up after the entries are on disk, when there is time, so that sending does not
 * wait for it; a search takes up what is missing first.
 *
 * SQLite takes long to delete words, and does some of it in one go, however much that is. So the words of entries that
 * are gone stay, and are not found; when they are the greater part, all words go, and those of what is there are taken up
 * again (docs/decisions/021).
 */
export class SearchIndex {
  readonly #rooms: RoomTable;
  readonly #add: Statement;
  readonly #find: Statement;
  /** Names of rooms with entries that are not in it. */
  readonly #waiting = new Set<string>();
  readonly #behind: Statement;
  readonly #left: Statement;
  readonly #clear: Statement;
  readonly #loadGone: Statement;
  readonly #saveGone: Statement;
  /** Entries that are gone, and whose words may be here; as it is, and as it is on disk. */
  #gone = 0;
  #savedGone = 0;
  #maxGone = MAX_GONE;

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
    this.#left = database.prepare("SELECT total(head - trimmed) AS entries FROM rooms");
    this.#clear = database.prepare("INSERT INTO words (words) VALUES ('delete-all')");
    this.#loadGone = database.prepare("SELECT value FROM meta WHERE name = 'words gone'");
    this.#saveGone = database.prepare("INSERT OR REPLACE INTO meta VALUES ('words gone', ?)");
  }

  /** What the disk knows. */
  load(): void {
    // Rooms that never came onto the disk are in it, too.
    this.#waiting.clear();
    this.#findWaiting();
    this.#savedGone = Number(this.#loadGone.get()?.value ?? 0);
    this.#gone = this.#savedGone;
  }

  /** Writes what has changed. */
  flush(): void {
    if (this.#gone !== this.#savedGone) this.#saveGone.run(this.#gone);
    this.#savedGone = this.#gone;
  }

  get isComplete(): boolean {
    return this.#waiting.size === 0 && this.#gone <= this.#maxGone;
  }

  /** It was appended to. */
  note(room: StoredRoom): void {
    this.#waiting.add(room.name);
  }

  /** So many of its oldest entries are gone. */
  forget(room: StoredRoom, count: number): void {
    room.indexed = Math.max(room.indexed, room.trimmed);
    this.#gone += count;
  }

  /** Begins anew, when most of it is useless. */
  tidy(): void {
    if (this.#gone <= this.#maxGone) return;
    const left = Number(this.#left.get()?.entries);
    this.#maxGone = Math.max(left, MAX_GONE);
    if (this.#gone <= this.#maxGone) return;
    this.#clear.run();
    this.#rooms.unindexAll();
    this.#gone = 0;
    this.#findWaiting();
  }

  #findWaiting(): void {
    for (const { name } of this.#behind.all()) this.#waiting.add(textOf(name));
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
