import { ConcurrentReadError, type SessionClosedError } from "../runtime/errors.ts";
import type { Message } from "../runtime/message.ts";
import type { ClientRoom } from "../runtime/room.ts";
import { abortable } from "./abortable.ts";
import type { ClientMessage } from "./client-message.ts";

/** The session whose messages these are. */
export interface MailboxOwner {
  /** Set when no more messages will come than have come. */
  readonly readEnd: SessionClosedError | undefined;
  /** Puts a message where its reader is. */
  deliver(message: ClientMessage): void;
  /** The application is done with a message. */
  finish(message: ClientMessage): void;
  close(): unknown;
}

type Result = IteratorResult<Message, undefined>;

const DONE: Result = { value: undefined, done: true };

/** Messages for one reader, which takes them one at a time. Taking the next one finishes the one before. */
export class Mailbox implements AsyncIterator<Message, undefined> {
  /** What nobody has taken yet. */
  readonly messages: ClientMessage[] = [];
  protected readonly owner: MailboxOwner;
  #current: ClientMessage | undefined;
  #reader: { resolve(result: Result): void; reject(error: unknown): void } | undefined;

  constructor(owner: MailboxOwner) {
    this.owner = owner;
  }

  /** Whether the application is done with everything that came. */
  get isDone(): boolean {
    return !this.messages.length && (this.#current?.finished ?? true);
  }

  push(message: ClientMessage): void {
    this.messages.push(message);
    this.wake();
  }

  next(signal?: AbortSignal): Promise<Result> {
    return abortable((resolve, reject) => {
      if (this.#reader) throw new ConcurrentReadError();
      this.finishCurrent();
      this.#reader = { resolve, reject };
      this.wake();
      return () => {
        this.#reader = undefined;
      };
    }, signal);
  }

  /** `break`, `return` or an error in the loop's body: JavaScript does not say which. */
  async return(): Promise<Result> {
    this.finishCurrent();
    this.leave();
    return DONE;
  }

  /** The application has left its loop. */
  protected leave(): void {
    this.owner.close();
  }

  /** A message has come, or the end, perhaps: whoever waits is told. */
  wake(): void {
    const reader = this.#reader;
    const end = this.owner.readEnd;
    if (!reader || !(end || this.messages.length)) return;
    const value = this.messages.shift();
    this.#reader = undefined;
    this.#current = value;
    if (value) reader.resolve({ value, done: false });
    else if (end?.code === 1000) reader.resolve(DONE);
    else reader.reject(end);
  }

  /** Whoever waits gets the end of the loop. */
  protected stop(): void {
    this.#reader?.resolve(DONE);
    this.#reader = undefined;
  }

  /** The application is done with the message it took last. */
  finishCurrent(): void {
    const message = this.#current;
    this.#current = undefined;
    if (message) this.owner.finish(message);
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
    this.#sort(this.#common);
    return this;
  }

  /** Gives the room back to the session's loop, with what was not read. */
  protected override leave(): void {
    this.stop();
    this.isClaimed = false;
    this.#sort(this);
  }

  /** Delivers anew what waits in this mailbox. */
  #sort({ messages }: Mailbox): void {
    for (const message of messages.splice(0)) this.owner.deliver(message);
  }
}
