import { decodeUtf8 } from "../protocol/text.ts";
import { ConcurrentReadError } from "../runtime/errors.ts";
import { type Message, ReceivedMessage, TextPayload } from "../runtime/message.ts";
import type { RoomEntry } from "../runtime/room.ts";
import { ServerSessionRun } from "../runtime/server-session.ts";
import type { CloseInfo } from "../session/close-info.ts";
import type { Ending } from "../session/ending.ts";
import { type HandedContext, HandedTurn } from "./handed-context.ts";
import type { Telling, Told } from "./ring.ts";
import type { Supervised } from "./supervisor.ts";
import {
  type Beginning,
  type Call,
  decodeValue,
  encodeValue,
  FIRST_TURN,
  HELD,
  MessageFlag,
  SESSION_BYTES,
  SESSION_MESSAGES,
  type Standing,
  TEXT,
  ToServer,
  ToThread,
  UNWATCHED,
} from "./tellings.ts";

/** What a run in another thread needs of that thread. */
export interface RunPorts {
  readonly context: HandedContext;
  tell(telling: Telling, payload?: string | Uint8Array): void;
  /** Whether the way to the thread is free. When it is again, `onRoom` is called. */
  readonly isOpen: boolean;
  encodeError(error: unknown): Uint8Array;
  decodeError(bytes: Uint8Array): Error;
  /** Answers a thread that stands still until it has the answer. */
  answer(value: unknown): void;
  /** The handler has come to its end. */
  onSettled(run: RemoteRun): void;
  /** It is done with what it may be given for now. */
  onQuiet(run: RemoteRun): void;
  /** Nothing of it happens any more. */
  forget(run: RemoteRun): void;
}

const NOTHING = new TextPayload("");

/**
 * The run of a handler in another thread, as the server's thread has it: what happens to the session is told there, and
 * what the handler asks for is done here, as if it had been asked for here.
 */
export class RemoteRun extends ServerSessionRun {
  readonly number: number;
  /** The handler has returned, or failed. */
  isSettled = false;
  readonly session: Supervised;
  readonly #ports: RunPorts;
  readonly #first = new HandedTurn(this, true);
  /** The handling of each message that is in hand. */
  readonly #turns = new Map<number, HandedTurn>();
  /** Messages given to the thread that the handler has not taken. */
  #given = 0;
  #givenBytes = 0;
  /** What the handler has sent, and how much of what was accepted of it the thread knows. */
  #received = 0;
  #receivedBytes = 0;
  #toldAccepted = 0;
  #toldAcceptedBytes = 0;
  #hasToldReadEnd = false;
  #hasAskedForFirst = false;
  /** Joins that may be given up, by their call's number. */
  readonly #aborts = new Map<number, AbortController>();
  /** Room sends that failed, until it is known whether somebody was told. */
  readonly #failures = new Map<number, { readonly error: unknown; readonly message: ReceivedMessage | undefined }>();

  /** So many messages it may still be given, until it is released. */
  #allowance: number;

  constructor(session: Supervised, number: number, ports: RunPorts, allowance = Number.POSITIVE_INFINITY) {
    super(session);
    this.#allowance = allowance;
    this.session = session;
    this.number = number;
    this.#ports = ports;
    const { id, origin, peer, identity, restarted, stateText, hasReplies, status } = session;
    const beginning: Beginning = { id, origin, peer, identity, restarted, state: stateText, hasReplies, status };
    this.#tell(ToThread.begin, 0, 0, 0, encodeValue(beginning));
    this.#give();
  }

  /** The messages that the handler has in hand: what it took and has not finished. */
  get inHand(): readonly number[] {
    return [...this.#turns.keys()];
  }

  /** Whether it may have been this one that ended its thread: it was in the middle of something. */
  get isSuspect(): boolean {
    return !this.#hasAskedForFirst || this.#turns.size > 0;
  }

  #tell(kind: number, a = 0, b = 0, flags = 0, payload?: string | Uint8Array): void {
    this.#ports.tell({ kind, flags, run: this.number, a, b }, payload);
  }

  // The handler reads, and nobody else.

  override receive(): Promise<Message | undefined> {
    return Promise.reject(new ConcurrentReadError());
  }

  override [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return { next: () => Promise.reject(new ConcurrentReadError()) };
  }

  // What the session tells.

  override onMessage(): void {
    this.#give();
  }

  override onProgress(): void {
    super.onProgress();
    this.#tellAccepted();
    this.#give();
  }

  override onStatus(): void {
    super.onStatus();
    if (this.core.info !== undefined) return;
    const { status, peer } = this.core;
    this.#tell(ToThread.standing, 0, 0, 0, encodeValue({ status, peer } satisfies Standing));
  }

  override onStopReading(): void {
    this.#tell(ToThread.stopReading);
  }

  override onEnding(): void {
    super.onEnding();
    this.#tell(ToThread.ending, 0, 0, 0, encodeValue(this.core.ending));
  }

  override onClosed(info: CloseInfo): void {
    super.onClosed(info);
    this.#tell(ToThread.closed, 0, 0, 0, encodeValue(info));
    this.#forgetWhenOver();
  }

  /** It may be given any number of messages. */
  release(): void {
    this.#allowance = Number.POSITIVE_INFINITY;
    this.#give();
  }

  #noteQuiet(): void {
    if (this.#allowance !== Number.POSITIVE_INFINITY && !this.isSuspect && this.#given === 0) this.#ports.onQuiet(this);
  }

  /** There is room on the way to the thread. */
  onRoom(): void {
    this.#give();
  }

  /** The thread is gone. What it was told is accepted will be sent, whatever comes next. */
  onThreadEnd(): void {
    if (!this.core.isEnding) this.acceptWaiting();
  }

  /** Gives the thread what has come, as far as the handler is not behind. */
  #give(): void {
    const { core } = this;
    const { inbox } = core;
    while (this.#given < SESSION_MESSAGES && this.#givenBytes < SESSION_BYTES && core.mayTake && this.#ports.isOpen) {
      const message = inbox.peek(this.#given);
      if (message === undefined || this.#allowance === 0) break;
      this.#allowance -= 1;
      this.#given += 1;
      this.#givenBytes += message.byteLength;
      const { content, sequence } = message;
      this.#tell(ToThread.message, sequence, 0, flagsOf(message, core.lineEnding), content);
    }
    const { readEnd } = core;
    if (readEnd === undefined || core.isEnding || this.#hasToldReadEnd || inbox.peek(this.#given) !== undefined) return;
    this.#hasToldReadEnd = true;
    this.#tell(ToThread.readEnd, 0, 0, 0, encodeValue(readEnd));
  }

  /** Sends that wait here for room in the client's window are not accepted yet. */
  #tellAccepted(): void {
    const accepted = this.#received - this.waitingSends;
    if (accepted - this.#toldAccepted < SESSION_MESSAGES / 4) {
      // Bytes are counted when nothing waits: which of them do is known here only one by one.
      if (this.waitingSends > 0 || this.#receivedBytes - this.#toldAcceptedBytes < SESSION_BYTES / 4) return;
    }
    if (this.waitingSends === 0) this.#toldAcceptedBytes = this.#receivedBytes;
    this.#toldAccepted = Math.max(accepted, this.#toldAccepted);
    this.#tell(ToThread.accepted, this.#toldAccepted, this.#toldAcceptedBytes);
  }

  // What the handler asks for.

  onTold(told: Told): void {
    const { kind, a, b, flags, bytes } = told;
    switch (kind) {
      case ToServer.firstRead:
        this.#hasAskedForFirst = true;
        this.core.onFirstRead();
        this.#noteQuiet();
        break;
      case ToServer.take:
        this.#take(a);
        break;
      case ToServer.finish:
        this.#finish(a, flags === HELD);
        break;
      case ToServer.settled:
        this.#release(this.#turns.get(a)?.message);
        this.#turns.delete(a);
        this.#noteQuiet();
        break;
      case ToServer.send:
        this.#send(this.#turnOf(a), payloadOf(told));
        break;
      case ToServer.sendLast:
        // An end that began here has been said already, and how much was sent before it.
        if (!this.core.isEnding) this.#send(undefined, payloadOf(told));
        break;
      case ToServer.request:
        this.#request(a, this.#turnOf(b), payloadOf(told));
        break;
      case ToServer.reply:
        void this.core.reply(new ReceivedMessage(this.core, NOTHING, a, true), payloadOf(told));
        break;
      case ToServer.state:
        this.core.stateText = bytes.byteLength === 0 ? undefined : decodeUtf8(bytes, 0, bytes.byteLength);
        break;
      case ToServer.end:
        this.core.end(decodeValue(bytes) as Ending);
        break;
      case ToServer.flush:
        this.flush().then(
          () => this.#tell(ToThread.flushed, a),
          () => {}, // The session has ended, and that is told by itself.
        );
        break;
      case ToServer.call:
        this.#call(a, this.#turnOf(b), decodeValue(bytes) as Call);
        break;
      case ToServer.answered:
        this.#onAnswered(a, flags === UNWATCHED);
        break;
      case ToServer.abort:
        this.#aborts.get(a)?.abort();
        break;
      case ToServer.callbackFailed:
        this.core.onCallbackFailed(this.#ports.decodeError(bytes));
        break;
      case ToServer.returned:
        this.#settle();
        this.session.handlerReturned();
        break;
      case ToServer.failed:
        if (a === 0) this.#settle();
        this.session.handlerFailed(this.#ports.decodeError(bytes));
        break;
    }
  }

  #turnOf(number: number): HandedTurn | undefined {
    return number === FIRST_TURN ? this.#first : this.#turns.get(number);
  }

  #take(sequence: number): void {
    const message = this.core.inbox.peekGiven();
    // An end that began here has taken it back already: it counts as never given.
    if (message?.sequence !== sequence) return;
    this.core.inbox.takeGiven();
    this.#given -= 1;
    this.#givenBytes -= message.byteLength;
    const turn = new HandedTurn(this, false);
    turn.message = message;
    this.#turns.set(sequence, turn);
    this.core.onTaken(message);
    this.#give();
  }

  #finish(sequence: number, isHeld: boolean): void {
    const message = this.#turns.get(sequence)?.message;
    if (message === undefined) return;
    if (isHeld) message.unsettled += 1;
    else this.#turns.delete(sequence);
    this.core.finish(message);
    this.#noteQuiet();
  }

  /** Something that was done for a message has come to its end. */
  #release(message: ReceivedMessage | undefined): void {
    if (message === undefined || this.isReplaced) return;
    message.unsettled -= 1;
    this.core.settle();
  }

  #send(turn: HandedTurn | undefined, payload: string | Uint8Array): void {
    this.#received += 1;
    this.#receivedBytes += payload.length;
    void this.#ports.context.run(turn, () => this.send(payload));
    this.#tellAccepted();
  }

  #request(number: number, turn: HandedTurn | undefined, payload: string | Uint8Array): void {
    this.#received += 1;
    this.#receivedBytes += payload.length;
    const reply = this.#ports.context.run(turn, () => this.request(payload));
    this.#tellAccepted();
    reply.then(
      (message) => {
        const { content, sequence, isText } = message as ReceivedMessage;
        this.#tell(ToThread.reply, number, sequence, isText ? TEXT : 0, content);
      },
      () => {}, // Whoever asked counts the time himself, and hears of the end by itself.
    );
  }

  #call(id: number, turn: HandedTurn | undefined, call: Call): void {
    const room = this.room(call.room);
    switch (call.what) {
      case "members":
        this.#ports.answer(room.members());
        break;
      case "send":
        this.#sendToRoom(id, turn, call);
        break;
      case "join": {
        const controller = new AbortController();
        this.#aborts.set(id, controller);
        const { last, after } = call;
        this.#answer(
          id,
          this.join(call.room, { last, after, signal: controller.signal }).finally(() => this.#aborts.delete(id)),
          () => undefined,
        );
        break;
      }
      case "leave":
        this.#answer(id, room.leave(), () => undefined);
        break;
      case "search":
        this.#answer(id, room.search(call.words, call.options as { limit: number }), (entries) =>
          entries.map(carryEntry),
        );
        break;
      case "history":
        this.#answer(id, room.history(call.options as { limit: number }), (entries) => entries.map(carryEntry));
        break;
    }
  }

  #answer<T>(id: number, promise: Promise<T>, carry: (value: T) => unknown): void {
    promise.then(
      (value) => this.#tell(ToThread.result, id, 0, 0, encodeValue(carry(value))),
      (error: unknown) => this.#tell(ToThread.failure, id, 0, 0, this.#ports.encodeError(error)),
    );
  }

  /** A message is not acknowledged before what it sent is there, or somebody was told that it will never be. */
  #sendToRoom(id: number, turn: HandedTurn | undefined, call: Extract<Call, { what: "send" }>): void {
    const message = turn?.message;
    if (message !== undefined) message.unsettled += 1;
    const sent = this.#ports.context.run(turn, () => this.room(call.room).send(call.data, call.options));
    sent.then(
      () => {
        this.#release(message);
        this.#tell(ToThread.result, id, 0, 0, encodeValue(undefined));
      },
      (error: unknown) => {
        this.#failures.set(id, { error, message });
        this.#tell(ToThread.failure, id, 0, 0, this.#ports.encodeError(error));
      },
    );
  }

  #onAnswered(id: number, isUnwatched: boolean): void {
    const failure = this.#failures.get(id);
    this.#failures.delete(id);
    if (failure === undefined) return;
    if (isUnwatched) this.core.onSendFailed(failure.error);
    else this.#release(failure.message);
  }

  #settle(): void {
    this.isSettled = true;
    this.#ports.onSettled(this);
    this.#forgetWhenOver();
  }

  #forgetWhenOver(): void {
    if (this.isSettled && this.core.info !== undefined) this.#ports.forget(this);
  }
}

function payloadOf({ flags, bytes }: Told): string | Uint8Array {
  return flags === TEXT ? decodeUtf8(bytes, 0, bytes.byteLength) : bytes;
}

function flagsOf(message: ReceivedMessage, lineEnding: string): number {
  return (
    (message.isText ? MessageFlag.text : 0) |
    (message.wantsReply ? MessageFlag.wantsReply : 0) |
    (lineEnding === "" ? 0 : MessageFlag.lineFeed) |
    (lineEnding === "\r\n" ? MessageFlag.carriageReturn : 0)
  );
}

/** An entry, as it can be told. */
export interface CarriedEntry {
  readonly offset: number;
  readonly at: number;
  readonly content: string | Uint8Array;
}

function carryEntry(entry: RoomEntry): CarriedEntry {
  const { offset, at, isText } = entry;
  return { offset, at, content: isText ? entry.text() : entry.bytes() };
}
