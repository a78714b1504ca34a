import { CLOSE_CODES, endsSession } from "../protocol/close-codes.ts";
import { isSendableCloseCode } from "../protocol/websocket/sendable-close-code.ts";
import type { CloseInfo } from "../session/close-info.ts";
import { Queue } from "../session/queue.ts";
import { RequestTimeoutError } from "./errors.ts";
import { type Message, payloadOf, type ReceivedMessage, type Sendable, sizeError } from "./message.ts";
import type { Peer } from "./ports.ts";
import type { Session } from "./public-sessions.ts";
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

/** A session as one run of its handler holds it; a client has one run. What applications see of it is `Session`. */
export abstract class SessionRun implements Session, Run, ReaderOwner {
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

  get id(): string {
    return this.core.id;
  }

  get origin(): "new" | "resumed" | "revived" {
    return this.core.origin;
  }

  get peer(): Peer {
    return this.core.peer;
  }

  get status(): SessionStatus {
    return this.core.status;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.core.isEnding) this.#controller.abort(this.core.closedError());
    }
    return this.#controller.signal;
  }

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
    const sequence = core.submit({ payload, wantsReply, repliesTo: 0, turn });
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

  async flush(): Promise<void> {
    if (this.isReplaced) return never();
    if (this.#waiting !== undefined && this.#waiting.length > 0) await this.#wait(undefined);
    const core = this.core;
    const upTo = core.sent;
    if (core.acknowledged >= upTo) return;
    if (core.info !== undefined) throw core.closedError();
    core.onFlush(upTo);
    await quietly(
      new Promise<void>((resolve, reject) => {
        this.#flushers ??= new Queue();
        this.#flushers.push({ upTo, resolve, reject });
      }),
    );
  }

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

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#reader;
  }

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

  get mayTake(): boolean {
    return this.core.mayTake;
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

  onTake(message: ReceivedMessage): void {
    if (this.#turn !== undefined) this.#turn.message = message;
    this.core.onTaken(message);
  }

  finish(message: ReceivedMessage): void {
    if (!this.isReplaced) this.core.finish(message);
  }

  onMessage(): void {
    this.#reader.wake();
  }

  onReply(message: ReceivedMessage, repliesTo: number): boolean {
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
      const sequence = this.core.submit({ payload, wantsReply, repliesTo: 0, turn });
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
    this.#reader.wake();
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
      if (payload !== undefined && request === undefined) {
        this.core.submitLast({ payload, wantsReply: false, repliesTo: 0 });
      }
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

  /** Sends that wait for room. */
  protected get waitingSends(): number {
    return this.#waiting?.length ?? 0;
  }

  /** What waits for room is accepted all the same: nobody will be there who could wait. */
  protected acceptWaiting(): void {
    for (let next = this.#waiting?.shift(); next !== undefined; next = this.#waiting?.shift()) {
      const { payload, request, turn } = next;
      if (payload === undefined || request?.isOver === true) continue;
      const wantsReply = request !== undefined;
      const sequence = this.core.submitLast({ payload, wantsReply, repliesTo: 0, turn });
      this.core.grant(turn, sequence, wantsReply);
    }
  }

  /** What a reader was not given stays where it is. */
  onStopReading(): void {}

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
