import { rollBack } from "./binding.ts";
import type { DataFolder } from "./data-folder.ts";
import { brokerError } from "./faults.ts";
import { KeyTable } from "./key-table.ts";
import { LogTable } from "./log-table.ts";
import {
  type AppendResults,
  type Appends,
  CHANGES,
  FRESH,
  MISMATCH,
  type Outcome,
  REPEAT,
  type Request,
  type StoreMethods,
  type StoreOptions,
  TOO_MANY_ROOMS,
  type Turn,
  type TurnOutcome,
} from "./requests.ts";
import { RoomTable } from "./room-table.ts";
import { SearchIndex } from "./search-index.ts";
import { SessionTable } from "./session-table.ts";
import { Trimmer } from "./trimmer.ts";

/** How often a hundred sessions that have expired may go. */
const SWEEP_SESSIONS_MS = 100;

/**
 * Everything in one file, used by one thread.
 *
 * All that the waiting turns want to change is one transaction: the more wait, the less each of them costs. What is in
 * memory is a copy of what is on disk, and is made anew after a transaction that failed.
 */
export class Store {
  readonly #folder: DataFolder;
  readonly #rooms: RoomTable;
  readonly #logs: LogTable;
  readonly #keys: KeyTable;
  readonly #sessions: SessionTable;
  readonly #trimmer: Trimmer;
  readonly #index: SearchIndex;
  readonly #methods: StoreMethods;
  #now: number;
  /** Something failed, and memory may not be what the disk is. */
  #isStale = true;
  #hasMoreToTrim = false;
  #sweptSessionsAt = 0;

  constructor(folder: DataFolder, options: StoreOptions) {
    const { database, identity } = folder;
    this.#folder = folder;
    this.#now = options.now;
    this.#rooms = new RoomTable(database, identity.incarnation, options.maxRooms);
    this.#logs = new LogTable(database, this.#rooms);
    this.#keys = new KeyTable(database, options.maxKeys);
    this.#sessions = new SessionTable(database);
    this.#index = new SearchIndex(database, this.#rooms);
    this.#trimmer = new Trimmer(database, this.#rooms, this.#index, options.retention);
    this.#methods = {
      read: (room, after, limit) => this.#logs.read(room, after, limit),
      readBack: (room, before, limit) => this.#logs.readBack(room, before, limit),
      head: (room) => this.#logs.head(room),
      search: (room, words, limit) => {
        if (!this.#index.covers(room)) this.#transaction(() => this.#index.step(room));
        return this.#index.covers(room) ? this.#index.search(room, words, limit) : undefined;
      },
      renewKeys: (room, keys, keepKeyMs) => {
        for (const key of keys) this.#keys.known.renew(room, key, this.#now + keepKeyMs);
      },
      getSession: (id) => this.#sessions.get(id, this.#now),
      putSession: (id, stored, keepMs) => this.#sessions.put(id, stored, this.#now + keepMs),
      deleteSession: (id) => this.#sessions.delete(id),
    };
    this.#transaction(() => {});
  }

  /** Does what was asked: first, in one transaction, everything that changes something; then the rest. */
  perform(turns: readonly Turn[]): TurnOutcome[] {
    this.#now = turns.at(-1)?.now ?? this.#now;
    const changed = turns.some(changes) ? this.#attempt(() => this.#change(turns)) : { value: [] };
    return turns.map(({ requests }, index) => ({
      appends: "fault" in changed ? changed : { value: changed.value[index] ?? [] },
      requests: requests.map((request) => {
        if (!CHANGES.has(request.method)) return this.#attempt(() => this.#call(request));
        return "fault" in changed ? changed : { value: undefined };
      }),
    }));
  }

  /** Nothing is left to do that can be done later. */
  get isTidy(): boolean {
    return this.#index.isComplete && !this.#hasMoreToTrim;
  }

  /** Does some of what can be done later. */
  tidy(): void {
    this.#transaction(() => {
      this.#trim(0);
      this.#index.tidy();
      this.#index.step();
    });
  }

  #change(turns: readonly Turn[]): AppendResults[] {
    return this.#transaction(() => {
      let count = 0;
      const results = turns.map(({ now, appends, requests }) => {
        this.#now = now;
        for (const request of requests) if (CHANGES.has(request.method)) this.#call(request);
        const appended = this.#append(appends);
        count += appended.length;
        return appended;
      });
      // A clock may go back.
      if (Math.abs(this.#now - this.#sweptSessionsAt) >= SWEEP_SESSIONS_MS) {
        this.#sweptSessionsAt = this.#now;
        this.#sessions.sweep(this.#now);
      }
      this.#trim(count);
      return results;
    });
  }

  #trim(appended: number): void {
    this.#hasMoreToTrim = this.#trimmer.step(this.#now, appended);
  }

  #append(appends: Appends): AppendResults {
    const results: AppendResults = [];
    for (let next = 0; next < appends.length; ) {
      const name = appends[next] as string;
      const end = next + 2 + (appends[next + 1] as number) * ENTRY_FIELDS;
      const room = this.#rooms.findOrAdd(name);
      results.push(room?.epoch ?? TOO_MANY_ROOMS);
      for (next += 2; next < end; next += ENTRY_FIELDS) {
        if (room === undefined) continue;
        const payload = appends[next] as string | Uint8Array;
        const key = appends[next + 2] as string | null;
        const entry = key === null ? undefined : { payload, key, keepKeyMs: appends[next + 3] as number };
        const known = entry && this.#keys.known.find(name, room.epoch, entry, this.#now);
        if (known !== undefined) {
          results.push(known.offset, known.isMismatch ? MISMATCH : REPEAT);
          continue;
        }
        const offset = this.#logs.append(room, payload, appends[next + 1] as string | null, this.#now);
        if (entry !== undefined) this.#keys.known.add(name, room.epoch, offset, entry, this.#now);
        results.push(offset, FRESH);
      }
      if (room === undefined) continue;
      this.#trimmer.note(room);
      this.#index.note(room);
    }
    return results;
  }

  #call({ method, args }: Request): unknown {
    return (this.#methods[method] as (...args: readonly unknown[]) => unknown)(...args);
  }

  #attempt<T>(work: () => T): Outcome<T> {
    try {
      return { value: work() };
    } catch (error) {
      return { fault: brokerError(error, this.#folder.file).message };
    }
  }

  #transaction<T>(work: () => T): T {
    const { database } = this.#folder;
    try {
      database.exec("BEGIN IMMEDIATE");
      if (this.#isStale) this.#reload();
      const value = work();
      this.#rooms.flush();
      this.#keys.flush(this.#now);
      this.#index.flush();
      database.exec("COMMIT");
      return value;
    } catch (error) {
      this.#isStale = true;
      this.#rooms.forget();
      rollBack(database);
      throw error;
    }
  }

  #reload(): void {
    this.#keys.load();
    this.#index.load();
    this.#isStale = false;
  }
}

/** Of an entry in `Appends`: its payload, text, key and `keepKeyMs`. */
const ENTRY_FIELDS = 4;

/** A turn in which nothing was asked says what time it is, and so what has to go. */
function changes({ appends, requests }: Turn): boolean {
  return appends.length > 0 || requests.length === 0 || requests.some(({ method }) => CHANGES.has(method));
}
