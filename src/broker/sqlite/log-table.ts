import { utf8Length } from "../../protocol/text.ts";
import type { Entry, Page, PageLimit, Position } from "../broker.ts";
import { bytesOf, type Database, type Row, type Statement, textOf } from "./binding.ts";
import type { RoomTable, StoredRoom } from "./room-table.ts";

/** What `toEntry` makes an entry of. */
export const COLUMNS = `"offset", at, octet_length(payload) AS byteLength, typeof(payload) AS type,
  CAST(payload AS BLOB) AS payload, CAST(text AS BLOB) AS text`;
const WITHIN = "id BETWEEN (?1 << 40) + ?2 AND (?1 << 40) + ?3";
/** Sizes that are looked up at once, to find where a page ends. */
const SIZES = 256;

/** The logs of all rooms. A room's offsets count from 1 and skip nothing. */
export class LogTable {
  readonly #rooms: RoomTable;
  readonly #insert: Statement;
  readonly #select: Statement;
  readonly #sizes: Statement;
  readonly #sizesBack: Statement;

  constructor(database: Database, rooms: RoomTable) {
    this.#rooms = rooms;
    this.#insert = database.prepare("INSERT INTO entries (id, at, payload, text) VALUES ((? << 40) + ?, ?, ?, ?)");
    this.#select = database.prepare(`SELECT ${COLUMNS} FROM entries WHERE ${WITHIN} ORDER BY id`);
    const sizes = `SELECT octet_length(payload) AS bytes FROM entries WHERE ${WITHIN} ORDER BY id`;
    this.#sizes = database.prepare(`${sizes} LIMIT ${SIZES}`);
    this.#sizesBack = database.prepare(`${sizes} DESC LIMIT ${SIZES}`);
  }

  /** Returns its offset. */
  append(room: StoredRoom, payload: string | Uint8Array, text: string | null, at: number): number {
    room.head += 1;
    room.bytes += typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
    if (text !== null) room.bytes += utf8Length(text);
    this.#insert.run(room.id, room.head, at, payload, text);
    this.#rooms.changed(room);
    return room.head;
  }

  head(name: string): Position {
    const room = this.#rooms.find(name);
    return { epoch: room?.epoch ?? this.#rooms.epochOf(name), offset: room?.head ?? 0 };
  }

  read(name: string, after: Position, limit: PageLimit): Page {
    const room = this.#rooms.find(name);
    const epoch = room?.epoch ?? this.#rooms.epochOf(name);
    const asked = after.epoch === epoch ? after.offset : 0;
    if (room === undefined || asked >= room.head) return { epoch, after: asked, entries: [], hasMore: false };
    const from = Math.max(asked, room.trimmed);
    const count = countOf(room.head - from, limit, (read) => this.#sizes.all(room.id, from + 1 + read, room.head));
    const entries = this.entries(room, from + 1, from + count);
    return { epoch, after: from, entries, hasMore: from + count < room.head };
  }

  readBack(name: string, before: number | undefined, limit: PageLimit): Page {
    const room = this.#rooms.find(name);
    if (room === undefined) return { epoch: this.#rooms.epochOf(name), after: 0, entries: [], hasMore: false };
    const { epoch, head, trimmed } = room;
    const last = Math.max(trimmed, Math.min(head, before === undefined ? head : before - 1));
    const count = countOf(last - trimmed, limit, (read) => this.#sizesBack.all(room.id, trimmed + 1, last - read));
    const after = last - count;
    return { epoch, after, entries: this.entries(room, after + 1, last), hasMore: after > trimmed };
  }

  /** The entries with these offsets. */
  entries(room: StoredRoom, first: number, last: number): Entry[] {
    return this.#select.all(room.id, first, last).map(toEntry);
  }
}

export function toEntry({ offset, at, byteLength, type, payload, text }: Row): Entry {
  return {
    offset: Number(offset),
    previous: Number(offset) - 1,
    at: Number(at),
    payload: type === "text" ? textOf(payload) : bytesOf(payload),
    byteLength: Number(byteLength),
    text: text === null ? undefined : textOf(text),
  };
}

/**
 * How many of `available` entries make a page. `sizesAfter` gives the sizes of some of them, from where so many have been
 * looked at already.
 */
function countOf(available: number, limit: PageLimit, sizesAfter: (read: number) => Row[]): number {
  const most = Math.min(available, Math.max(1, limit.entries));
  if (most === 0 || limit.bytes === Number.POSITIVE_INFINITY) return most;
  let bytes = 0;
  let count = 0;
  for (let sizes = sizesAfter(0); sizes.length > 0; sizes = sizesAfter(count)) {
    for (const size of sizes) {
      bytes += Number(size.bytes);
      if (count > 0 && bytes > limit.bytes) return count;
      count += 1;
      if (count === most) return most;
    }
  }
  return count;
}
