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
} from "../../src/broker/broker.ts";
import { MemorySessions } from "../../src/broker/memory-sessions.ts";
import { utf8Length } from "../../src/protocol/text.ts";
import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";

interface FarFollower {
  readonly onEntries: (entries: readonly Entry[]) => void;
  /** What it has been given, or will be. */
  sentTo: number;
  lastAt: number;
  isClosed: boolean;
}

/** A log somewhere else, as it really is: not yet known to those who follow it. */
export class FarLog {
  readonly epoch: number;
  readonly entries: Entry[] = [];
  readonly followers: FarFollower[] = [];
  readonly keys = new Map<string, { readonly offset: number; readonly payload: string | Uint8Array }>();
  head = 0;
  trimmed = 0;
  lastAt = 0;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  /** The first entry after an offset, gone or not. */
  next(offset: number): Entry | undefined {
    return this.entries.find((entry) => entry.offset > offset);
  }

  trim(keep: number): void {
    const last = this.entries[this.entries.length - 1 - keep];
    if (last !== undefined) this.trimmed = Math.max(this.trimmed, last.offset);
  }
}

/** A broker as one far away behaves: it answers late, each follower hears in its own time, and its offsets skip. */
export class FarBroker implements Broker {
  readonly outlivesServer = true;
  readonly sessions: MemorySessions;
  readonly logs = new Map<string, FarLog>();
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;

  constructor(clock: VirtualClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
    this.sessions = new MemorySessions(() => clock.now(), 1_000);
  }

  log(room: string): FarLog {
    let log = this.logs.get(room);
    if (log === undefined) {
      log = new FarLog(this.#random.integer(1, 1_000_000));
      this.logs.set(room, log);
    }
    return log;
  }

  async open(): Promise<OpenedBroker> {
    return { signingKey: new Uint8Array(32) };
  }

  async append(room: string, entries: readonly NewEntry[]): Promise<readonly Appended[]> {
    const log = this.log(room);
    // Later ones never overtake.
    log.lastAt = Math.max(log.lastAt, this.#clock.now() + this.#random.between(0, 3));
    await this.#clock.sleep(log.lastAt - this.#clock.now());
    const appended = entries.map((entry) => this.#appendOne(log, entry));
    for (const follower of log.followers) this.#deliver(log, follower);
    await this.#clock.sleep(this.#random.between(0, 2));
    return appended;
  }

  #appendOne(log: FarLog, { key, payload, text }: NewEntry): Appended {
    const known = key === undefined ? undefined : log.keys.get(key);
    if (known !== undefined) {
      return { epoch: log.epoch, offset: known.offset, isRepeat: true, isMismatch: known.payload !== payload };
    }
    const previous = log.head;
    log.head += this.#random.chance(0.2) ? this.#random.integer(2, 5) : 1;
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
    log.entries.push({ offset: log.head, previous, at: this.#clock.now(), payload, byteLength, text });
    if (key !== undefined) log.keys.set(key, { offset: log.head, payload });
    return { epoch: log.epoch, offset: log.head, isRepeat: false, isMismatch: false };
  }

  #deliver(log: FarLog, follower: FarFollower): void {
    const fresh = log.entries.filter(({ offset }) => offset > follower.sentTo && offset > log.trimmed);
    if (fresh.length === 0) return;
    follower.sentTo = log.head;
    follower.lastAt = Math.max(follower.lastAt, this.#clock.now() + this.#random.between(0, 4));
    this.#clock.setTimer(() => {
      if (!follower.isClosed) follower.onEntries(fresh);
    }, follower.lastAt - this.#clock.now());
  }

  async read(room: string, after: Position, limit: PageLimit): Promise<Page> {
    await this.#clock.sleep(this.#random.between(0.2, 3));
    const page = this.#page(room, after.offset, limit);
    await this.#clock.sleep(this.#random.between(0, 2));
    return page;
  }

  #page(room: string, offset: number, limit: PageLimit): Page {
    const log = this.log(room);
    const after = Math.max(offset, log.trimmed);
    const rest = log.entries.filter((entry) => entry.offset > after);
    let bytes = 0;
    const end = rest.findIndex((entry, index) => {
      bytes += entry.byteLength;
      return index >= limit.entries || (index > 0 && bytes > limit.bytes);
    });
    const entries = end === -1 ? rest : rest.slice(0, end);
    return { epoch: log.epoch, after, entries, hasMore: entries.length < rest.length };
  }

  async readBack(room: string, before: number | undefined, limit: PageLimit): Promise<Page> {
    await this.#clock.sleep(this.#random.between(0.2, 3));
    const log = this.log(room);
    const rest = log.entries.filter(({ offset }) => offset > log.trimmed && offset < (before ?? Infinity));
    const entries = rest.slice(-limit.entries);
    const after = entries[0]?.previous ?? log.trimmed;
    return { epoch: log.epoch, after, entries, hasMore: entries.length < rest.length };
  }

  async search(): Promise<readonly Entry[]> {
    throw new BrokerError("nobody searches here");
  }

  async head(room: string): Promise<Position> {
    await this.#clock.sleep(this.#random.between(0, 2));
    const { epoch, head } = this.log(room);
    return { epoch, offset: head };
  }

  async follow(room: string, after: Position, onEntries: (entries: readonly Entry[]) => void): Promise<Follow> {
    await this.#clock.sleep(this.#random.between(0, 2));
    const log = this.log(room);
    if (log.epoch !== after.epoch) throw new BrokerError("another log");
    const follower: FarFollower = { onEntries, sentTo: after.offset, lastAt: 0, isClosed: false };
    log.followers.push(follower);
    this.#deliver(log, follower);
    return {
      close: () => {
        follower.isClosed = true;
        log.followers.splice(log.followers.indexOf(follower), 1);
      },
    };
  }

  async renewKeys(): Promise<void> {}

  async close(): Promise<void> {}
}
