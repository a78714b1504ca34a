import { CLOSE_CODES, endsSession } from "../protocol/close-codes.ts";
import { isSendableCloseCode } from "../protocol/websocket/sendable-close-code.ts";
import type { CloseInfo } from "../session/close-info.ts";
import { Queue } from "../session/queue.ts";
import { RequestTimeoutError } from "./errors.ts";
import { type Message, payloadOf, type Sendable, sizeError } from "./message.ts";
import type { Peer } from "./ports.ts";
import { never, type ReadEnd, Reader, type ReaderOwner } from "./reader.ts";
import { quietly, type Run, rejectedQuietly, type SessionCore, type SessionStatus } from "./session-core.ts";
import { Turn } from "./turn.ts";

/** A send, or a flush, that waits for its place. */
interface Waiting {
  /** `undefined` for a flush. */
  readonly payload: string | Uint8Array | undefined;
  readonly request: PendingRequest | undefined;
  readonly turn: Turn | undefined;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: unknown) => void;
}

interface PendingRequest {
  readonly resolve: (reply: Message) => void;
  readonly reject: (error: unknown) => void;
  readonly dueAt: number;
  /** Nobody waits for it any more: if it has not been sent, it is not. */
  isOver: boolean;
}

interface Flusher {
  readonly upTo: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const ACCEPTED: Promise<void> = Promise.resolve();

/**
 * A conversation with one peer. The same on both sides; `ServerSession` and `ClientSession` add what is each side's own.
 *
 * It outlives connections: what is sent while none is there is delivered when the peer is back. It ends when either side
 * closes it, when the handler settles, or when the peer stays away for longer than the resume window.
 */
export abstract class Session implements AsyncIterable<Message>, AsyncDisposable, Run, ReaderOwner {
  /** Called whenever `status` has changed. */
  onstatuschange: (() => void) | undefined;
  protected readonly core: SessionCore;
  readonly #reader: Reader;
  #turn: Turn | undefined;
  #waiting: Queue<Waiting> | undefined;
  #flushers: Queue<Flusher> | undefined;
  #requests: Map<number, PendingRequest> | undefined;
  #controller: AbortController | undefined;
  #closed: Promise<CloseInfo> | undefined;
  #resolveClosed: ((info: CloseInfo) => void) | undefined;
  #hasRead = false;
  /** What `status` was when somebody was told of it. */
  #status: SessionStatus;
  /** Another run took the session over. */
  protected isReplaced = false;

  /** Sessions are made by `serve` and `connect`. */
  constructor(core: SessionCore) {
    this.core = core;
    this.#reader = new Reader(this, core.inbox);
    core.run?.replace();
    core.run = this;
    this.#status = core.status;
    if (core.env.context !== undefined) this.#turn = new Turn(this, true);
  }

  /** The session's id: the same on both sides, and after every resume. Empty on a plain `tcp:` client. */
  get id(): string {
    return this.core.id;
  }

  /** How the session came to be here: `new`, `resumed` (nothing lost, nothing doubled) or `revived`. */
  get origin(): "new" | "resumed" | "revived" {
    return this.core.origin;
  }

  /** Who is on the other end of the connection that carries the session, or carried it last. */
  get peer(): Peer {
    return this.core.peer;
  }

  get status(): SessionStatus {
    return this.core.status;
  }

  /** Aborts when the session begins to end. Everything that the handler started should hang on it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.core.isEnding) this.#controller.abort(this.core.closedError());
    }
    return this.#controller.signal;
  }

  /** Resolves with the obituary when the session has ended, however it ended. Never rejects. */
  get closed(): Promise<CloseInfo> {
    if (this.#closed === undefined) {
      const { info } = this.core;
      this.#closed =
        info !== undefined
          ? Promise.resolve(info)
          : new Promise((resolve) => {
              this.#resolveClosed = resolve;
            });
    }
    return this.#closed;
  }

  /**
   * Sends one message: text, bytes (copied), or a plain object or array as JSON.
   *
   * Resolves when it is accepted for delivery, in order; that waits only while the window is full. Rejects with
   * `SessionClosedError` when the session ends first, and with `RangeError` above `maxMessageBytes`. Forgetting to await
   * it is safe.
   */
  send(data: Sendable): Promise<void> {
    const sequence = this.#submit(data, false);
    return sequence === 0 ? (this.#wait(data) as Promise<unknown> as Promise<void>) : this.#answer(sequence);
  }

  #answer(sequence: number | Error | undefined): Promise<void> {
    if (typeof sequence === "number") return ACCEPTED;
    return sequence === undefined ? never() : rejectedQuietly(sequence);
  }

  /** The number of the accepted message; 0: it has to wait; an error; `undefined`: this run is over. */
  #submit(data: Sendable, wantsReply: boolean): number | Error | undefined {
    if (this.isReplaced) return undefined;
    const core = this.core;
    if (core.isEnding) return core.closedError();
    const payload = payloadOf(data);
    const error = sizeError(payload, core.maxMessageBytes);
    if (error !== undefined) return error;
    const turn = this.#callersTurn();
    const granted = core.matchGranted(turn);
    if (granted !== undefined) return granted;
    if (this.#waiting !== undefined && this.#waiting.length > 0) return 0;
    const sequence = core.submit({ payload, wantsReply, repliesTo: 0 });
    if (sequence !== 0) core.grant(turn, sequence, wantsReply);
    return sequence;
  }

  #wait(data: Sendable | undefined): Promise<number> {
    return quietly(new Promise<number>((resolve, reject) => this.#queue(data, undefined, resolve, reject)));
  }

  #queue(
    data: Sendable | undefined,
    request: PendingRequest | undefined,
    resolve: (sequence: number) => void,
    reject: (error: unknown) => void,
  ): void {
    this.#waiting ??= new Queue();
    const payload = data === undefined ? undefined : payloadOf(data);
    const turn = payload === undefined ? undefined : this.#callersTurn();
    // The message is not acknowledged before what it caused is accepted.
    if (turn?.message !== undefined) turn.message.unsettled += 1;
    this.#waiting.push({ payload, request, turn, resolve, reject });
  }

  /** Resolves when everything sent so far is acknowledged: the other side's application is done with it. */
  async flush(): Promise<void> {
    if (this.isReplaced) return never();
    if (this.#waiting !== undefined && this.#waiting.length > 0) await this.#wait(undefined);
    const core = this.core;
    const upTo = core.sent;
    if (core.acknowledged >= upTo) return;
    if (core.info !== undefined) throw core.closedError();
    await quietly(
      new Promise<void>((resolve, reject) => {
        this.#flushers ??= new Queue();
        this.#flushers.push({ upTo, resolve, reject });
      }),
    );
  }

  /**
   * Sends a message that asks for a reply, and resolves with the reply.
   *
   * Rejects with `RequestTimeoutError` after `requestTimeoutMs`, with the signal's reason when that aborts, with
   * `SessionClosedError`, and with `TypeError` on plain sessions, where nothing could name the request it answers.
   */
  request(data: Sendable, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Message> {
    return quietly(this.#request(data, options.signal));
  }

  async #request(data: Sendable, signal: AbortSignal | undefined): Promise<Message> {
    signal?.throwIfAborted();
    if (!this.core.hasReplies) throw new TypeError("requests need a peer that speaks Bowline frames");
    const submitted = this.#submit(data, true);
    if (submitted === undefined) return never();
    if (typeof submitted !== "number") throw submitted;
    const { clock, limits } = this.core.env;
    const dueAt = clock.now() + limits.requestTimeoutMs;
    let abort: (() => void) | undefined;
    const reply = new Promise<Message>((resolve, reject) => {
      const request: PendingRequest = { resolve, reject, dueAt, isOver: false };
      let sequence = submitted;
      // Called from where the message is accepted, and not a turn later: the reply, or the end, may come right behind.
      const accepted = (number: number): void => {
        sequence = number;
        this.#requests ??= new Map();
        this.#requests.set(number, request);
      };
      abort = () => {
        request.isOver = true;
        this.#requests?.delete(sequence);
        reject(signal?.reason);
      };
      if (submitted === 0) this.#queue(data, request, accepted, reject);
      else accepted(submitted);
    });
    this.core.wake(dueAt);
    if (submitted !== 0) this.core.onRequest(submitted);
    if (signal === undefined || abort === undefined) return await reply;
    signal.addEventListener("abort", abort, { once: true });
    try {
      return await reply;
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  /**
   * Ends the session. What was sent is delivered first, for at most `closeTimeoutMs`; what was taken counts as done.
   * Resolves with the obituary. Throws `RangeError` for a code that is none, or that ends only a connection (1001, 1013,
   * 4000, 4008).
   */
  close(
    options: { readonly code?: number | undefined; readonly reason?: string | undefined } = {},
  ): Promise<CloseInfo> {
    if (this.isReplaced) return never();
    const code = options.code ?? CLOSE_CODES.normal.code;
    if (!isSendableCloseCode(code) || !endsSession(code))
      throw new RangeError(`${code} is not a code that ends a session`);
    this.#reader.finishCurrent();
    this.core.end({ code, reason: options.reason ?? "", by: this.core.role });
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Reads messages until the session ends; `break` closes it. One reader at a time. */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#reader;
  }

  /** Takes one message; `undefined` when the session closed normally. Ends nothing when the caller stops. */
  receive(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Message | undefined> {
    return this.#reader.receive(options.signal);
  }

  // What the core tells the run that is current.

  /** The turn of the code that calls, if it belongs to this run. */
  #callersTurn(): Turn | undefined {
    const turn = this.core.env.context?.current();
    return turn?.run === this && turn.isOpen ? turn : undefined;
  }

  /** What the handler does before its first message. */
  get firstTurn(): Turn | undefined {
    return this.#turn;
  }

  get readEnd(): ReadEnd | undefined {
    return this.core.readEnd;
  }

  onLeave(): void {
    if (this.isReplaced) return;
    this.#reader.finishCurrent();
    this.core.end({ code: CLOSE_CODES.normal.code, reason: "", by: this.core.role });
  }

  onAsk(): void {
    if (!this.#hasRead) {
      this.#hasRead = true;
      this.core.onFirstRead();
    }
    const { context } = this.core.env;
    if (context === undefined) return;
    if (this.#turn !== undefined) this.#turn.hasEnded = true;
    this.#turn = new Turn(this, false);
    context.enter(this.#turn);
  }

  onTake(message: Message): void {
    if (this.#turn !== undefined) this.#turn.message = message;
    this.core.onTaken();
  }

  finish(message: Message): void {
    if (!this.isReplaced) this.core.finish(message);
  }

  onMessage(): void {
    this.#reader.wake();
  }

  onReply(message: Message, repliesTo: number): boolean {
    const pending = this.#requests?.get(repliesTo);
    if (pending === undefined) return false;
    this.#requests?.delete(repliesTo);
    pending.resolve(message);
    return true;
  }

  onProgress(): void {
    const waiting = this.#waiting;
    for (let next = waiting?.at(0); waiting !== undefined && next !== undefined; next = waiting.at(0)) {
      if (this.core.isEnding) break;
      const { payload, request, turn } = next;
      if (payload === undefined || request?.isOver === true) {
        waiting.shift();
        if (payload === undefined) next.resolve(0);
        this.#settle(turn);
        continue;
      }
      const wantsReply = request !== undefined;
      const sequence = this.core.submit({ payload, wantsReply, repliesTo: 0 });
      if (sequence === 0) break;
      waiting.shift();
      this.core.grant(turn, sequence, wantsReply);
      next.resolve(sequence);
      if (wantsReply) this.core.onRequest(sequence);
      this.#settle(turn);
    }
    const flushers = this.#flushers;
    const { acknowledged } = this.core;
    for (let next = flushers?.at(0); flushers !== undefined && next !== undefined; next = flushers.at(0)) {
      if (next.upTo > acknowledged) break;
      flushers.shift();
      next.resolve();
    }
  }

  /** Something that the turn caused waits no more. */
  #settle(turn: Turn | undefined): void {
    if (turn?.message === undefined) return;
    turn.message.unsettled -= 1;
    this.core.settle();
  }

  onStatus(): void {
    const { status } = this.core;
    if (status === this.#status) return;
    this.#status = status;
    try {
      this.onstatuschange?.();
    } catch (error) {
      this.core.onCallbackFailed(error);
    }
  }

  onEnding(): void {
    const error = this.core.closedError();
    const isNormal = this.core.ending?.code === CLOSE_CODES.normal.code;
    for (let next = this.#waiting?.shift(); next !== undefined; next = this.#waiting?.shift()) {
      const { payload, request } = next;
      // What cannot be delivered any more shows in the obituary.
      if (payload !== undefined && request === undefined) this.core.submitLast(payload);
      if (isNormal && request === undefined) next.resolve(this.core.sent);
      else next.reject(error);
    }
    for (const pending of this.#requests?.values() ?? []) pending.reject(error);
    this.#requests = undefined;
    this.#reader.wake();
    this.#controller?.abort(error);
  }

  onClosed(info: CloseInfo): void {
    this.onProgress();
    const error = this.core.closedError();
    for (let next = this.#flushers?.shift(); next !== undefined; next = this.#flushers?.shift()) next.reject(error);
    this.#reader.wake();
    this.#resolveClosed?.(info);
  }

  onTime(now: number): number {
    const { requestTimeoutMs } = this.core.env.limits;
    for (const [sequence, pending] of this.#requests ?? []) {
      // All requests wait equally long, so the oldest is first.
      if (pending.dueAt > now) return pending.dueAt;
      this.#requests?.delete(sequence);
      pending.reject(new RequestTimeoutError(requestTimeoutMs));
    }
    // Those that still wait for their place were made later.
    for (const { request } of this.#waiting ?? []) {
      if (request === undefined || request.isOver) continue;
      if (request.dueAt > now) return request.dueAt;
      request.isOver = true;
      request.reject(new RequestTimeoutError(requestTimeoutMs));
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The handler has returned: it is done with what it took. */
  finishReading(): void {
    this.#reader.finishCurrent();
  }

  /** Another run takes the session over: nothing that this one still does has any effect. */
  replace(): void {
    this.isReplaced = true;
    this.#reader.abandon();
    this.#waiting = undefined;
    this.#flushers = undefined;
    this.#requests = undefined;
  }
}
