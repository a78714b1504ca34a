import { BrokerError, type Entry, type Follow, type Page, type Position } from "../broker.ts";

/** Reads the log after an offset. */
type Read = (after: Position) => Promise<Page>;

/**
 * Somebody who follows a room's log: first reads what is there, and is then given what comes. What comes while it reads
 * is left to the next page.
 */
export class Follower implements Follow {
  readonly #onEntries: (entries: readonly Entry[]) => void;
  readonly #onClose: () => void;
  #isReading = true;
  #hasMissed = false;
  #isClosed = false;

  constructor(onEntries: (entries: readonly Entry[]) => void, onClose: (follower: Follower) => void) {
    this.#onEntries = onEntries;
    this.#onClose = () => onClose(this);
  }

  /** Rejects when the log is another one. */
  async start(room: string, { epoch, offset }: Position, read: Read): Promise<void> {
    for (let after = offset; ; ) {
      this.#hasMissed = false;
      const page = await read({ epoch, offset: after });
      if (page.epoch !== epoch) throw new BrokerError(`the log of room ${room} is another one by now`);
      after = page.entries.at(-1)?.offset ?? page.after;
      this.#deliver(page.entries);
      if (!page.hasMore && !this.#hasMissed) break;
    }
    this.#isReading = false;
  }

  /** These are in the log now. */
  take(entries: readonly Entry[]): void {
    if (this.#isReading) this.#hasMissed = true;
    else this.#deliver(entries);
  }

  close(): void {
    this.#isClosed = true;
    this.#onClose();
  }

  #deliver(entries: readonly Entry[]): void {
    if (entries.length > 0 && !this.#isClosed) this.#onEntries(entries);
  }
}
