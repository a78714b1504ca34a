import { ConcurrentReadError, SessionClosedError } from "./errors.ts";
import type { Inbox } from "./inbox.ts";
import type { ReceivedMessage } from "./message.ts";

/** How reading ended, once it has. */
export type ReadEnd = SessionClosedError["info"];

/** What a reader needs of the session it belongs to. */
export interface ReaderOwner {
  /** Set when no more messages will come than the inbox holds. */
  readonly readEnd: ReadEnd | undefined;
  /** Whether a message may be taken now. When it may again, the reader is woken. */
  readonly mayTake: boolean;
  /** The calling code asks for a message: whatever it does from now on belongs to that one. */
  onAsk(): void;
  /** The message that was asked for. */
  onTake(message: ReceivedMessage): void;
  /** The application is done with a message. */
  finish(message: ReceivedMessage): void;
  /** The application has left its loop. */
  onLeave(): void;
}

/**
 * What a run that was replaced gets for everything: it must not go on, and nothing of it may be reported. A promise of
 * its own each time, since one for all would keep everybody who ever waited for it.
 */
export function never(): Promise<never> {
  return new Promise(() => {});
}

const DONE: IteratorResult<ReceivedMessage, undefined> = { value: undefined, done: true };

/**
 * Reads an inbox: one message at a time, one reader at a time. Taking the next message finishes the one before.
 *
 * Written by hand: an `async function*` would not return while a `next()` is pending, and costs twice as much.
 */
export class Reader implements AsyncIterator<ReceivedMessage, undefined> {
  readonly #owner: ReaderOwner;
  readonly #inbox: Inbox;
  #current: ReceivedMessage | undefined;
  #isAbandoned = false;
  #resolve: ((result: IteratorResult<ReceivedMessage, undefined>) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  constructor(owner: ReaderOwner, inbox: Inbox) {
    this.#owner = owner;
    this.#inbox = inbox;
  }

  get isWaiting(): boolean {
    return this.#resolve !== undefined;
  }

  next(): Promise<IteratorResult<ReceivedMessage, undefined>> {
    if (this.#isAbandoned) return never();
    if (this.#resolve !== undefined) return Promise.reject(new ConcurrentReadError());
    this.finishCurrent();
    this.#owner.onAsk();
    const message = this.#owner.mayTake ? this.#inbox.take() : undefined;
    if (message !== undefined) {
      this.#take(message);
      return Promise.resolve({ value: message, done: false });
    }
    const end = this.#owner.readEnd;
    if (end !== undefined) return isQuiet(end) ? Promise.resolve(DONE) : Promise.reject(new SessionClosedError(end));
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** `break`, `return` or an error in the loop's body: JavaScript does not say which. */
  return(): Promise<IteratorResult<ReceivedMessage, undefined>> {
    this.#owner.onLeave();
    return Promise.resolve(DONE);
  }

  /** Takes one message without ending anything when the caller stops; `undefined` when the session closed quietly. */
  async receive(signal?: AbortSignal): Promise<ReceivedMessage | undefined> {
    signal?.throwIfAborted();
    const next = this.next();
    if (signal === undefined) return (await next).value;
    const abort = (): void => this.#settle((_, reject) => reject(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    try {
      return (await next).value;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /** A message has come, or the end: whoever waits is told. */
  wake(): void {
    if (this.#resolve === undefined) return;
    const message = this.#owner.mayTake ? this.#inbox.take() : undefined;
    if (message !== undefined) {
      this.#take(message);
      this.#settle((resolve) => resolve({ value: message, done: false }));
      return;
    }
    const end = this.#owner.readEnd;
    if (end === undefined) return;
    if (isQuiet(end)) this.#settle((resolve) => resolve(DONE));
    else this.#settle((_, reject) => reject(new SessionClosedError(end)));
  }

  /** The reader stops for good: whoever waits gets the end of the loop. */
  stop(): void {
    this.finishCurrent();
    this.#settle((resolve) => resolve(DONE));
  }

  /** Another run reads from now on: this one gets nothing more, not even an end. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#current = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }

  /** The application is done with the message it took last. */
  finishCurrent(): void {
    const message = this.#current;
    if (message === undefined) return;
    this.#current = undefined;
    this.#owner.finish(message);
  }

  #take(message: ReceivedMessage): void {
    this.#current = message;
    this.#owner.onTake(message);
  }

  #settle(
    how: (
      resolve: (result: IteratorResult<ReceivedMessage, undefined>) => void,
      reject: (error: unknown) => void,
    ) => void,
  ): void {
    const resolve = this.#resolve;
    const reject = this.#reject;
    if (resolve === undefined || reject === undefined) return;
    this.#resolve = undefined;
    this.#reject = undefined;
    how(resolve, reject);
  }
}

function isQuiet(end: ReadEnd): boolean {
  return end.name === "normal";
}
