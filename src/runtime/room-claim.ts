import { Inbox } from "./inbox.ts";
import type { Message, ReceivedMessage } from "./message.ts";
import { type ReadEnd, Reader, type ReaderOwner } from "./reader.ts";
import type { ClientRoom } from "./room.ts";

/** The session that a room's entries come in. */
interface Claimed {
  readonly readEnd: ReadEnd | undefined;
  finish(message: ReceivedMessage): void;
  onClaimed(claim: RoomClaim): void;
  onReleased(unread: readonly ReceivedMessage[]): void;
}

/** One room's entries, on a client that reads them apart from the session's loop. */
export class RoomClaim implements ClientRoom, ReaderOwner {
  readonly name: string;
  /** Whether the room's entries come here. */
  isClaimed = false;
  readonly mayTake = true;
  readonly #session: Claimed;
  readonly #inbox = new Inbox();
  readonly #reader: Reader;

  constructor(name: string, session: Claimed) {
    this.name = name;
    this.#session = session;
    this.#reader = new Reader(this, this.#inbox);
  }

  get readEnd(): ReadEnd | undefined {
    return this.#session.readEnd;
  }

  onAsk(): void {}

  onTake(): void {}

  finish(message: ReceivedMessage): void {
    this.#session.finish(message);
    while (this.#inbox.settle() !== undefined);
  }

  push(message: ReceivedMessage): void {
    this.#inbox.push(message);
    this.#reader.wake();
  }

  /** The session has ended, perhaps. */
  wake(): void {
    this.#reader.wake();
  }

  /** Claims the room; `break` gives it back to the session's loop, with what was not read. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    if (!this.isClaimed) {
      this.isClaimed = true;
      this.#session.onClaimed(this);
    }
    return this.#reader;
  }

  onLeave(): void {
    this.#reader.stop();
    this.isClaimed = false;
    this.#session.onReleased(this.#inbox.removeWaiting(() => true));
  }
}
