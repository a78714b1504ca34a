import type { Broker, Entry, Page, PageLimit } from "../broker/broker.ts";
import { Batch } from "./batch.ts";

/**
 * The pages that members of one room catch up with. When many come back at once they need the same ones: each is read
 * once, and encoded once.
 */
export class RoomPages {
  readonly #broker: Broker;
  readonly #room: string;
  readonly #alias: number;
  readonly #reading = new Map<string, Promise<Page>>();
  #latest: Batch | undefined;

  constructor(broker: Broker, room: string, alias: number) {
    this.#broker = broker;
    this.#room = room;
    this.#alias = alias;
  }

  /** A page of the log; one that is being read already for somebody else will do. */
  read(epoch: number, offset: number, limit: PageLimit): Promise<Page> {
    const name = `${offset}/${limit.entries}/${limit.bytes}`;
    let page = this.#reading.get(name);
    if (page === undefined) {
      page = this.#broker.read(this.#room, { epoch, offset }, limit).finally(() => this.#reading.delete(name));
      this.#reading.set(name, page);
    }
    return page;
  }

  /** The entries from `start` to `end` as a batch, for a member whose cursor is `after`. */
  batch(after: number, entries: readonly Entry[], start: number, end: number): Batch {
    const { offset } = entries[end - 1] as Entry;
    let batch = this.#latest;
    if (batch === undefined || batch.previous !== after || batch.last !== offset) {
      batch = new Batch(this.#alias, after, offset, entries.slice(start, end));
      this.#latest = batch;
    }
    return batch;
  }

  /** Keeps no page any longer. */
  forget(): void {
    this.#latest = undefined;
  }
}
