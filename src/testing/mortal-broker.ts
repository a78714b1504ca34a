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
} from "../broker/broker.ts";
import type { SessionStore } from "../runtime/ports.ts";
import { never } from "../runtime/reader.ts";

/** A process that may die. */
interface Mortal {
  readonly isDead: boolean;
  /** What a promise gives to a process that is still there to hear it. */
  whileAlive<T>(promise: Promise<T>): Promise<T>;
}

/** A broker as one server process sees it: when that is dead, it asks nothing more and hears nothing more. */
export class MortalBroker implements Broker {
  readonly outlivesServer: boolean;
  readonly sessions: SessionStore;
  readonly #broker: Broker;
  readonly #process: Mortal;

  constructor(broker: Broker, process: Mortal) {
    this.outlivesServer = broker.outlivesServer;
    this.#broker = broker;
    this.#process = process;
    const { sessions } = broker;
    this.sessions = {
      get: (id) => this.#ask(() => sessions.get(id)),
      put: (id, stored, keepMs) => this.#ask(() => sessions.put(id, stored, keepMs)),
      delete: (id) => this.#ask(() => sessions.delete(id)),
    };
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#process.isDead ? never() : this.#process.whileAlive(question());
  }

  open(): Promise<OpenedBroker> {
    return this.#ask(() => this.#broker.open());
  }

  append(room: string, entries: readonly NewEntry[]): Promise<readonly Appended[]> {
    return this.#ask(() => this.#broker.append(room, entries));
  }

  read(room: string, after: Position, limit: PageLimit): Promise<Page> {
    return this.#ask(() => this.#broker.read(room, after, limit));
  }

  readBack(room: string, before: number | undefined, limit: PageLimit): Promise<Page> {
    return this.#ask(() => this.#broker.readBack(room, before, limit));
  }

  search(room: string, words: string, limit: number): Promise<readonly Entry[]> {
    return this.#ask(() => this.#broker.search(room, words, limit));
  }

  head(room: string): Promise<Position> {
    return this.#ask(() => this.#broker.head(room));
  }

  follow(room: string, after: Position, onEntries: (entries: readonly Entry[]) => void): Promise<Follow> {
    return this.#ask(() =>
      this.#broker.follow(room, after, (entries) => {
        if (!this.#process.isDead) onEntries(entries);
      }),
    );
  }

  renewKeys(room: string, keys: readonly string[], keepKeyMs: number): Promise<void> {
    return this.#ask(() => this.#broker.renewKeys(room, keys, keepKeyMs));
  }

  async close(): Promise<void> {
    // It is not the server's: it outlives it.
  }
}
