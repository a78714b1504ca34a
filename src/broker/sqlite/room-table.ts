import { createHash } from "node:crypto";
import type { Database, Statement } from "./binding.ts";

/** A room's row, in memory. */
export interface StoredRoom {
  readonly id: number;
  readonly name: string;
  readonly epoch: number;
  head: number;
  trimmed: number;
  bytes: number;
  indexed: number;
}

/** Rooms whose rows are kept in memory. */
const MAX_CACHED = 10_000;

/** The rooms that have a log. Their rows are written once a transaction, however much happened. */
export class RoomTable {
  readonly #database: Database;
  readonly #incarnation: Uint8Array;
  readonly #maxRooms: number;
  readonly #find: Statement;
  readonly #insert: Statement;
  readonly #update: Statement;
  readonly #count: Statement;
  /** The one that was used last is the last. */
  readonly #cached = new Map<string, StoredRoom>();
  readonly #changed = new Set<StoredRoom>();

  constructor(database: Database, incarnation: Uint8Array, maxRooms: number) {
    this.#database = database;
    this.#incarnation = incarnation;
    this.#maxRooms = maxRooms;
    this.#find = database.prepare("SELECT id, epoch, head, trimmed, bytes, indexed FROM rooms WHERE name = ?");
    this.#insert = database.prepare("INSERT INTO rooms VALUES (NULL, ?, ?, 0, 0, 0, 0)");
    this.#update = database.prepare("UPDATE rooms SET head = ?, trimmed = ?, bytes = ?, indexed = ? WHERE id = ?");
    this.#count = database.prepare("SELECT count(*) AS count FROM rooms");
  }

  find(name: string): StoredRoom | undefined {
    const cached = this.#cached.get(name);
    const room = cached ?? this.#load(name);
    if (room === undefined) return undefined;
    if (cached !== undefined) this.#cached.delete(name);
    this.#cached.set(name, room);
    return room;
  }

  #load(name: string): StoredRoom | undefined {
    const row = this.#find.get(name);
    return row === undefined ? undefined : ({ ...row, name } as StoredRoom);
  }

  /** The room, which has a log from now on; `undefined` when there are too many. */
  findOrAdd(name: string): StoredRoom | undefined {
    const known = this.find(name);
    if (known !== undefined) return known;
    if (Number(this.#count.get()?.count) >= this.#maxRooms) return undefined;
    this.#insert.run(name, this.epochOf(name));
    return this.find(name);
  }

  /**
   * The epoch of a room that has no log: it has to be the same whenever somebody asks, and nothing is written for asking.
   */
  epochOf(name: string): number {
    return 1 + createHash("sha256").update(this.#incarnation).update(name).digest().readUInt32BE();
  }

  changed(room: StoredRoom): void {
    this.#changed.add(room);
  }

  /** Writes what has changed. */
  flush(): void {
    for (const { id, head, trimmed, bytes, indexed } of this.#changed) {
      this.#update.run(head, trimmed, bytes, indexed, id);
    }
    this.#changed.clear();
    for (const name of this.#cached.keys()) {
      if (this.#cached.size <= MAX_CACHED) break;
      this.#cached.delete(name);
    }
  }

  /** No entry is in the search index any more. */
  unindexAll(): void {
    this.flush();
    this.#database.exec("UPDATE rooms SET indexed = trimmed");
    this.#cached.clear();
  }

  /** The transaction failed: nothing in memory is true any more. */
  forget(): void {
    this.#changed.clear();
    this.#cached.clear();
  }
}
