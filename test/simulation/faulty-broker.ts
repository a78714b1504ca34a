import type {
  Appended,
  Broker,
  Entry,
  Follow,
  NewEntry,
  OpenedBroker,
  Page,
  PageLimit,
  Position,
} from "../../src/broker/broker.ts";
import type { SessionStore } from "../../src/runtime/ports.ts";
import type { Offsets } from "./offsets.ts";
import type { Slowness } from "./slowness.ts";

/** A broker that takes its time, tells its followers late, and gives offsets that skip. It survives its servers. */
export class FaultyBroker implements Broker {
  readonly outlivesServer = true;
  readonly sessions: SessionStore;
  readonly #broker: Broker;
  readonly #slowness: Slowness;
  readonly #offsets: Offsets;
  /** How late followers hear of entries, at most. */
  readonly #lateMs: number;

  constructor(broker: Broker, sessions: SessionStore, slowness: Slowness, offsets: Offsets, lateMs: number) {
    this.#broker = broker;
    this.sessions = sessions;
    this.#slowness = slowness;
    this.#offsets = offsets;
    this.#lateMs = lateMs;
  }

  open(): Promise<OpenedBroker> {
    return this.#broker.open();
  }

  append(room: string, entries: readonly NewEntry[]): Promise<readonly Appended[]> {
    return this.#slowness.write(room, async () => {
      const appended = await this.#broker.append(room, entries);
      return appended.map((one) => ({ ...one, offset: this.#offsets.outside(one.offset) }));
    });
  }

  read(room: string, after: Position, limit: PageLimit): Promise<Page> {
    const inside = { ...after, offset: this.#offsets.inside(after.offset) };
    return this.#slowness.read(async () => {
      const page = this.#outside(await this.#broker.read(room, inside, limit));
      // A position between two entries that there never were is as good as the one before it.
      return page.after < after.offset ? { ...page, after: after.offset } : page;
    });
  }

  readBack(room: string, before: number | undefined, limit: PageLimit): Promise<Page> {
    const inside = before === undefined ? undefined : this.#offsets.inside(before - 1) + 1;
    return this.#slowness.read(async () => this.#outside(await this.#broker.readBack(room, inside, limit)));
  }

  search(room: string, words: string, limit: number): Promise<readonly Entry[]> {
    return this.#slowness.read(async () => {
      const found = await this.#broker.search(room, words, limit);
      return found.map((entry) => this.#entry(entry));
    });
  }

  head(room: string): Promise<Position> {
    return this.#slowness.read(async () => {
      const { epoch, offset } = await this.#broker.head(room);
      return { epoch, offset: this.#offsets.outside(offset) };
    });
  }

  async follow(room: string, after: Position, onEntries: (entries: readonly Entry[]) => void): Promise<Follow> {
    const inside = { ...after, offset: this.#offsets.inside(after.offset) };
    let waiting: Entry[] = [];
    let isClosed = false;
    const deliver = (): void => {
      const entries = waiting;
      waiting = [];
      if (!isClosed && entries.length > 0) onEntries(entries);
    };
    const follow = await this.#slowness.read(() =>
      this.#broker.follow(room, inside, (entries) => {
        waiting.push(...entries.map((entry) => this.#entry(entry)));
        void this.#slowness.pause(this.#lateMs).then(deliver);
      }),
    );
    return {
      close: () => {
        isClosed = true;
        follow.close();
      },
    };
  }

  renewKeys(room: string, keys: readonly string[], keepKeyMs: number): Promise<void> {
    return this.#broker.renewKeys(room, keys, keepKeyMs);
  }

  close(): Promise<void> {
    return this.#broker.close();
  }

  #outside(page: Page): Page {
    const entries = page.entries.map((entry) => this.#entry(entry));
    return { ...page, after: this.#offsets.outside(page.after), entries };
  }

  #entry(entry: Entry): Entry {
    const { offset, previous } = entry;
    return { ...entry, offset: this.#offsets.outside(offset), previous: this.#offsets.outside(previous) };
  }
}
