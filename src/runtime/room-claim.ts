import { Inbox } from "./inbox.ts";
import type { Message } from "./message.ts";
import { type ReadEnd, Reader, type ReaderOwner } from "./reader.ts";
import type { ClientRoom } from "./room.ts";

/** The session that a claim belongs to. */
interface Claimed {
  readonly readEnd: ReadEnd | undefined;
  finish(message: Message): void;
}

/** One room's entries, on a client that reads them apart from the session's loop. */
export class RoomClaim implements ClientRoom, ReaderOwner {
  readonly name: string;
  readonly #session: Claimed;
  readonly #inbox = new Inbox();
  readonly #reader: Reader;
  readonly #release: () => void;

  constructor(name: string, session: Claimed, release: () => void) {
    this.name = name;
    this.#session = session;
    this.#release = release;
    this.#reader = new Reader(this, this.#inbox);
  }

  get readEnd(): ReadEnd | undefined {
    return this.#session.readEnd;
  }

  onAsk(): void {}

  onTake(): void {}

  finish(message: Message): void {
    this.#session.finish(message);
    while (this.#inbox.settle() !== undefined);
  }

  push(message: Message): void {
    this.#inbox.push(message);
    this.#reader.wake();
  }

  /** The session has ended, perhaps. */
  wake(): void {
    this.#reader.wake();
  }

  onLeave(): void {
    this.#release();
  }

  /** `break` gives the room back to the session's loop. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#reader;
  }
}
