import { utf8Length } from "../../protocol/text.ts";
import { checkOptionNames, type OptionNames } from "../../runtime/option-names.ts";
import type { SessionStore } from "../../runtime/ports.ts";
import {
  type Appended,
  type Broker,
  BrokerError,
  type Entry,
  type Follow,
  type NewEntry,
  type OpenedBroker,
  type Page,
  type PageLimit,
  type Position,
} from "../broker.ts";
import { planRetention, type Retention, type RetentionOptions } from "../retention.ts";
import { Follower } from "./follower.ts";
import type { StoreMethods } from "./requests.ts";
import { StoreThread } from "./store-thread.ts";
import { formatSession, parseSession } from "./stored-session.ts";

/** What a SQLite broker keeps, and how much of it. `docs/limits.md` says what happens at each limit. */
export interface SqliteOptions {
  /** For each room. Default 1,000,000 entries and 1 GiB, of any age. */
  readonly retention?: RetentionOptions | undefined;
  /** Rooms that have a log. Default 1,000,000. */
  readonly maxRooms?: number | undefined;
  /** Idempotency keys of all rooms. They are held in memory. Default 1,000,000. */
  readonly maxKeys?: number | undefined;
}

const NAMES: OptionNames<SqliteOptions> = { retention: true, maxRooms: true, maxKeys: true };

const MILLION = 1_000_000;
const GiB = 1_024 ** 3;
const DEFAULT_RETENTION: Retention = { maxEntries: MILLION, maxBytes: GiB, maxAgeMs: Number.POSITIVE_INFINITY };
/** How often what has expired is let go of when nothing else happens. */
const TICK_MS = 60_000;
/** How much of a log is read at once for a follower that has to catch up. */
const CATCH_UP: PageLimit = { entries: 1_000, bytes: 1_024 * 1_024 };

/** Logs and records in one SQLite file, which a thread of its own reads and writes. */
export class SqliteBroker implements Broker {
  readonly outlivesServer = true;
  readonly sessions: SessionStore;
  readonly #startThread: () => StoreThread;
  readonly #followers = new Map<string, Set<Follower>>();
  readonly #timer: NodeJS.Timeout;
  #thread: StoreThread | undefined;
  #isClosed = false;

  constructor(folder: string, options: SqliteOptions, wallNow: () => number) {
    checkOptionNames(options, NAMES);
    const { maxRooms = MILLION, maxKeys = MILLION } = options;
    const retention = planRetention(options.retention, DEFAULT_RETENTION);
    this.#startThread = () =>
      new StoreThread({ folder, now: wallNow(), retention, maxRooms, maxKeys }, wallNow, (append, appended, at) =>
        this.#onAppended(append.room, append.entries, appended, at),
      );
    this.#timer = setInterval(() => this.#thread?.tick(), TICK_MS).unref();
    this.sessions = {
      get: async (id) => {
        const stored = await this.#ask("getSession", id);
        return stored === undefined ? undefined : parseSession(stored);
      },
      put: async (id, stored, keepMs) => this.#ask("putSession", id, formatSession(stored), keepMs),
      delete: (id) => this.#ask("deleteSession", id),
    };
  }

  async open(): Promise<OpenedBroker> {
    return this.#started().opened;
  }

  append(room: string, entries: readonly NewEntry[]): Promise<readonly Appended[]> {
    return new Promise((resolve, reject) => {
      this.#started().append({ room, entries, resolve, reject });
    });
  }

  read(room: string, after: Position, limit: PageLimit): Promise<Page> {
    return this.#ask("read", room, after, limit);
  }

  readBack(room: string, before: number | undefined, limit: PageLimit): Promise<Page> {
    return this.#ask("readBack", room, before, limit);
  }

  head(room: string): Promise<Position> {
    return this.#ask("head", room);
  }

  async search(room: string, words: string, limit: number): Promise<readonly Entry[]> {
    for (;;) {
      const found = await this.#ask("search", room, words, limit);
      if (found !== undefined) return found;
    }
  }

  async follow(room: string, after: Position, onEntries: (entries: readonly Entry[]) => void): Promise<Follow> {
    const follower = new Follower(onEntries, () => this.#forget(room, follower));
    const followers = this.#followers.get(room);
    if (followers === undefined) this.#followers.set(room, new Set([follower]));
    else followers.add(follower);
    try {
      await follower.start(room, after, (position) => this.read(room, position, CATCH_UP));
    } catch (error) {
      follower.close();
      throw error;
    }
    return follower;
  }

  renewKeys(room: string, keys: readonly string[], keepKeyMs: number): Promise<void> {
    return this.#ask("renewKeys", room, keys, keepKeyMs);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#followers.clear();
    this.#isClosed = true;
    await this.#thread?.close();
  }

  #started(): StoreThread {
    if (this.#isClosed) throw new BrokerError("the broker is closed");
    this.#thread ??= this.#startThread();
    return this.#thread;
  }

  async #ask<Method extends keyof StoreMethods>(
    method: Method,
    ...args: Parameters<StoreMethods[Method]>
  ): Promise<ReturnType<StoreMethods[Method]>> {
    return this.#started().ask(method, ...args);
  }

  #onAppended(room: string, entries: readonly NewEntry[], appended: readonly Appended[], at: number): void {
    const followers = this.#followers.get(room);
    if (followers === undefined) return;
    const fresh: Entry[] = [];
    for (const [index, { payload, text }] of entries.entries()) {
      const { offset, isRepeat } = appended[index] as Appended;
      if (isRepeat) continue;
      const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
      fresh.push({ offset, previous: offset - 1, at, payload, byteLength, text });
    }
    if (fresh.length > 0) for (const follower of followers) follower.take(fresh);
  }

  #forget(room: string, follower: Follower): void {
    const followers = this.#followers.get(room);
    followers?.delete(follower);
    if (followers?.size === 0) this.#followers.delete(room);
  }
}

/**
 * A broker that keeps everything in one SQLite file in this folder: what it acknowledged survives `kill -9`.
 *
 * The folder is made when it is missing, for its owner alone. One process at a time may have it. What goes wrong with
 * files rejects `open()`, and so `serve()`, with a `BrokerError` that says what to do.
 * Throws `TypeError` for options that there are not, and `RangeError` for what cannot be a limit.
 */
export function sqlite(folder: string, options: SqliteOptions = {}): Broker {
  return new SqliteBroker(folder, options, Date.now);
}
