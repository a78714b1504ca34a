import { ConcurrentReadError, SessionClosedError } from "../runtime/errors.ts";
import type { Message } from "../runtime/message.ts";
import type { ReadEnd } from "../runtime/reader.ts";
import type { ClientRoom } from "../runtime/room.ts";
import { abortable } from "./abortable.ts";
import type { ClientMessage } from "./client-message.ts";

/** The session whose messages these are. */
export interface MailboxOwner {
  /** Set when no more messages will come than have come. */
  readonly readEnd: ReadEnd | undefined;
  /** The application is done with a message. */
  finish(message: ClientMessage): void;
  /** The application has left its loop. */
  onLeave(mailbox: Mailbox): void;
}

type Result = IteratorResult<Message, undefined>;

const DONE: Result = { value: undefined, done: true };

/** Messages for one reader, which takes them one at a time. Taking the next one finishes the one before. */
export class Mailbox implements AsyncIterator<Message, undefined> {
  /** What nobody has taken yet. */
  messages: ClientMessage[] = [];
  readonly #owner: MailboxOwner;
  #current: ClientMessage | undefined;
  #reader: { resolve(result: Result): void; reject(error: unknown): void } | undefined;

  constructor(owner: MailboxOwner) {
    this.#owner = owner;
  }

  /** Whether the application is done with everything that came. */
  get isDone(): boolean {
    return this.messages.length === 0 && (this.#current === undefined || this.#current.finished);
  }

  push(message: ClientMessage): void {
    this.messages.push(message);
    this.wake();
  }

  next(signal?: AbortSignal): Promise<Result> {
    return abortable(signal, (resolve, reject) => {
      if (this.#reader !== undefined) throw new ConcurrentReadError();
      this.finishCurrent();
      this.#reader = { resolve, reject };
      this.wake();
      return () => {
        this.#reader = undefined;
      };
    });
  }

  /** `break`, `return` or an error in the loop's body: JavaScript does not say which. */
  async return(): Promise<Result> {
    this.finishCurrent();
    this.#owner.onLeave(this);
    return DONE;
  }

  /** A message has come, or the end, perhaps: whoever waits is told. */
  wake(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const end = this.#owner.readEnd;
    const value = this.messages.shift();
    if (value !== undefined) reader.resolve({ value, done: false });
    else if (end === undefined) return;
    else if (end.name === "normal") reader.resolve(DONE);
    else reader.reject(new SessionClosedError(end));
    this.#current = value;
    this.#reader = undefined;
  }

  /** Whoever waits gets the end of the loop. */
  stop(): void {
    this.#reader?.resolve(DONE);
    this.#reader = undefined;
  }

  /** The application is done with the message it took last. */
  finishCurrent(): void {
    const message = this.#current;
    this.#current = undefined;
    if (message !== undefined) this.#owner.finish(message);
  }
}

/** One room's entries, for who reads them apart from the session's loop. */
export class RoomMailbox extends Mailbox implements ClientRoom {
  readonly name: string;
  /** Whether the room's entries come here. */
  isClaimed = false;
  readonly #common: Mailbox;

  constructor(owner: MailboxOwner, name: string, common: Mailbox) {
    super(owner);
    this.name = name;
    this.#common = common;
  }

  /** Claims the room, with what waits in the session's loop. */
  [Symbol.asyncIterator](): this {
    this.isClaimed = true;
    const { messages } = this.#common;
    this.#common.messages = messages.filter(({ room }) => room !== this.name);
    this.messages.push(...messages.filter(({ room }) => room === this.name));
    return this;
  }

  /** Gives the room back to the session's loop, with what was not read. */
  release(): void {
    this.stop();
    this.isClaimed = false;
    for (const message of this.messages.splice(0)) this.#common.push(message);
  }
}
