import { randomBytes } from "node:crypto";
import { checkOptionNames, type OptionNames } from "../runtime/option-names.ts";
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
} from "./broker.ts";
import { MemoryKeys } from "./memory-keys.ts";
import { MemoryLog } from "./memory-log.ts";
import { MemorySessions } from "./memory-sessions.ts";
import {
  leastAgeMs,
  planRetention,
  type Retention,
  type RetentionOptions,
  type RetentionPlan,
  retentionOf,
} from "./retention.ts";
import { wordsOf } from "./words.ts";

/** How much a memory broker holds. `docs/limits.md` says what happens at each limit. */
export interface MemoryOptions {
  /** For each room. Default 10,000 entries, 4 MiB and 24 hours. */
  readonly retention?: RetentionOptions | undefined;
  /** Rooms that have a log. Default 10,000. */
  readonly maxRooms?: number | undefined;
  /** Bytes of all logs. Default 256 MiB. */
  readonly maxTotalBytes?: number | undefined;
  /** Idempotency keys of all rooms. Default 1,000,000. */
  readonly maxKeys?: number | undefined;
  /** Records and tombstones of sessions. Default 1,000,000. */
  readonly maxSessions?: number | undefined;
  /** Set it when the broker is given to a server that is started again in the same process. Default false. */
  readonly outlivesServer?: boolean | undefined;
}

const NAMES: OptionNames<MemoryOptions> = {
  retention: true,
  maxRooms: true,
  maxTotalBytes: true,
  maxKeys: true,
  maxSessions: true,
  outlivesServer: true,
};

/** What a memory broker asks of the world. */
export interface MemoryPorts {
  /** Milliseconds that never go back. */
  now(): number;
  /** Milliseconds since 1970. */
  wallNow(): number;
  /** A fraction, from 0 to below 1. */
  random(): number;
}

const MiB = 1_024 * 1_024;
const DEFAULT_RETENTION: Retention = { maxEntries: 10_000, maxBytes: 4 * MiB, maxAgeMs: 24 * 3_600_000 };
/** How often all logs are looked through for entries that are too old, as a part of the least age that is too great. */
const SWEEPS_PER_AGE = 16;

/** Logs and records in memory: for tests, and for servers whose rooms may be forgotten when they stop. */
export class MemoryBroker implements Broker {
  readonly outlivesServer: boolean;
  readonly sessions: MemorySessions;
  readonly #ports: MemoryPorts;
  readonly #retention: RetentionPlan;
  readonly #sweepEveryMs: number;
  readonly #maxRooms: number;
  readonly #maxTotalBytes: number;
  readonly #keys: MemoryKeys;
  /** The room that was appended to last is the last. */
  readonly #logs = new Map<string, MemoryLog>();
  #signingKey: Uint8Array | undefined;
  #totalBytes = 0;
  #sweepAt = 0;
  #isClosed = false;

  constructor(options: MemoryOptions, ports: MemoryPorts) {
    this.outlivesServer = options.outlivesServer ?? false;
    this.#ports = ports;
    this.#retention = planRetention(options.retention, DEFAULT_RETENTION);
    this.#sweepEveryMs = leastAgeMs(this.#retention) / SWEEPS_PER_AGE;
    this.#maxRooms = options.maxRooms ?? 10_000;
    this.#maxTotalBytes = options.maxTotalBytes ?? 256 * MiB;
    this.#keys = new MemoryKeys(options.maxKeys ?? 1_000_000);
    this.sessions = new MemorySessions(() => ports.now(), options.maxSessions ?? 1_000_000);
  }

  async open(): Promise<OpenedBroker> {
    this.#signingKey ??= randomBytes(32);
    return { signingKey: this.#signingKey };
  }

  async append(room: string, entries: readonly NewEntry[]): Promise<readonly Appended[]> {
    const log = this.#logOf(room);
    const now = this.#ports.now();
    const at = this.#ports.wallNow();
    const fresh: Entry[] = [];
    const bytesBefore = log.bytes;
    const appended = entries.map((entry) => {
      const known = this.#keys.find(room, log.epoch, entry, now);
      if (known !== undefined) return known;
      const added = log.append(entry, at);
      fresh.push(added);
      const { offset } = added;
      if (entry.key !== undefined) this.#keys.add(room, log.epoch, offset, entry, now);
      return { epoch: log.epoch, offset, isRepeat: false, isMismatch: false };
    });
    if (fresh.length > 0) {
      log.trim(retentionOf(this.#retention, room), at);
      this.#keys.sweep(now);
      this.#totalBytes += log.bytes - bytesBefore;
      this.#logs.delete(room);
      this.#logs.set(room, log);
      this.#sweep(now, at);
      for (const deliver of log.followers) deliver(fresh);
    }
    return appended;
  }

  async read(room: string, after: Position, limit: PageLimit): Promise<Page> {
    return this.#logOf(room).read(after, limit);
  }

  async readBack(room: string, before: number | undefined, limit: PageLimit): Promise<Page> {
    return this.#logOf(room).readBack(before, limit);
  }

  async search(room: string, words: string, limit: number): Promise<readonly Entry[]> {
    return this.#logOf(room).search(wordsOf(words), limit);
  }

  async head(room: string): Promise<Position> {
    return this.#logOf(room).head;
  }

  async follow(room: string, after: Position, onEntries: (entries: readonly Entry[]) => void): Promise<Follow> {
    const log = this.#logOf(room);
    if (after.epoch !== log.epoch) throw new BrokerError(`the log of room ${room} is another one by now`);
    const { entries } = log.read(after, { entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY });
    // A function of its own: the same one may follow twice.
    const deliver = (fresh: readonly Entry[]): void => onEntries(fresh);
    log.followers.add(deliver);
    if (entries.length > 0) deliver(entries);
    return { close: () => void log.followers.delete(deliver) };
  }

  async renewKeys(room: string, keys: readonly string[], keepKeyMs: number): Promise<void> {
    const expiresAt = this.#ports.now() + keepKeyMs;
    for (const key of keys) this.#keys.renew(room, key, expiresAt);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const log of this.#logs.values()) log.followers.clear();
  }

  #logOf(room: string): MemoryLog {
    if (this.#isClosed) throw new BrokerError("the broker is closed");
    const known = this.#logs.get(room);
    if (known !== undefined) return known;
    if (this.#logs.size >= this.#maxRooms) this.#dropUnused();
    const log = new MemoryLog(1 + Math.floor(this.#ports.random() * 0xffff_ffff));
    this.#logs.set(room, log);
    return log;
  }

  /** Makes room for another room: the one goes that was appended to least recently, of those that nobody follows. */
  #dropUnused(): void {
    for (const [name, log] of this.#logs) {
      if (log.followers.size > 0) continue;
      this.#totalBytes -= log.bytes;
      this.#logs.delete(name);
      return;
    }
    throw new BrokerError(`there are ${this.#maxRooms} rooms with members already (maxRooms)`);
  }

  /** Old entries go, a few times in an entry's life; and whole rooms, least recently used first, if all are too much. */
  #sweep(now: number, wallNow: number): void {
    if (now >= this.#sweepAt) {
      this.#sweepAt = now + this.#sweepEveryMs;
      for (const [room, log] of this.#logs) {
        this.#totalBytes -= log.bytes;
        log.trim(retentionOf(this.#retention, room), wallNow);
        this.#totalBytes += log.bytes;
      }
    }
    for (const log of this.#logs.values()) {
      if (this.#totalBytes <= this.#maxTotalBytes) return;
      this.#totalBytes -= log.bytes;
      log.clear();
    }
  }
}

/**
 * A broker in memory: bounded, and gone with the process.
 *
 * For tests and throw-away servers. What it lets go of is a gap to whoever still needed it. Throws `TypeError` for options
 * that there are not, and `RangeError` for what cannot be a limit.
 */
export function memory(options: MemoryOptions = {}): Broker {
  checkOptionNames(options, NAMES);
  return new MemoryBroker(options, {
    now: () => performance.now(),
    wallNow: () => Date.now(),
    random: () => Math.random(),
  });
}
