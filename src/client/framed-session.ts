import { endsSession } from "../protocol/close-codes.ts";
import { EntryFlag, type EntryFrame } from "../protocol/frames/entry.ts";
import type { GapReason } from "../protocol/frames/gap.ts";
import { MessageFlag } from "../protocol/frames/message.ts";
import { encodeUtf8, truncateUtf8 } from "../protocol/text.ts";
import { isSendableCloseCode } from "../protocol/websocket/sendable-close-code.ts";
import { RequestTimeoutError, SessionClosedError } from "../runtime/errors.ts";
import { type Message, payloadOf, type Sendable } from "../runtime/message.ts";
import type { Peer } from "../runtime/ports.ts";
import type { ClientSession, Credential } from "../runtime/public-sessions.ts";
import type { ReadEnd } from "../runtime/reader.ts";
import type { ClientRoom } from "../runtime/room.ts";
import type { SessionStatus } from "../runtime/session-core.ts";
import { ClientMachine, type ClientSnapshot } from "../session/client-machine.ts";
import type { ClientHost, ReceivedFrame } from "../session/client-ports.ts";
import type { CloseInfo, RoomCursor } from "../session/close-info.ts";
import { abortable } from "./abortable.ts";
import { ClientMessage, type ClientMessageOwner } from "./client-message.ts";
import { Mailbox, type MailboxOwner, RoomMailbox } from "./mailbox.ts";
import type { Line } from "./ports.ts";

/** A send, a request or a flush that is not settled. */
interface Pending {
  /** A flush has none. */
  readonly payload: Uint8Array | undefined;
  readonly flags: number;
  /** When a request gives up; 0 for what is none. */
  readonly dueAt: number;
  /** The number of its message, or of the last one that a flush waits for; 0 while it waits for room. */
  sequence: number;
  resolve(reply?: Message): void;
  reject(error: unknown): void;
}

/** A session with a server that speaks Bowline frames, through any number of connections. */
export class FramedSession implements ClientSession, ClientHost, ClientMessageOwner, MailboxOwner {
  onstatuschange: (() => void) | undefined;
  readonly peer: Peer;
  readonly closed: Promise<CloseInfo>;
  readonly machine: ClientMachine;
  readonly #line: Line;
  readonly #mailbox = new Mailbox(this);
  readonly #rooms = new Map<string, RoomMailbox>();
  readonly #controller = new AbortController();
  /** Sends, requests and flushes that wait for room, oldest first. */
  #waiting: Pending[] = [];
  /** Flushes that wait for acknowledgements. */
  readonly #flushes: Pending[] = [];
  /** All requests, oldest first. */
  readonly #requests = new Set<Pending>();
  /** What `status` was when somebody was told of it. */
  #status: SessionStatus = "connecting";
  #resolveClosed: (info: CloseInfo) => void = () => {};

  constructor(line: Line, instance: string, cursors: readonly RoomCursor[], snapshot: ClientSnapshot | undefined) {
    this.#line = line;
    this.peer = line.target.peer;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.machine = new ClientMachine(this, line, line.limits, instance, cursors, snapshot);
  }

  get id(): string {
    return this.machine.id;
  }

  get origin(): "new" | "resumed" | "revived" {
    return this.machine.origin;
  }

  get status(): SessionStatus {
    const { isClosed, outlet, connections } = this.machine;
    if (isClosed) return "closed";
    if (outlet !== undefined) return "open";
    return connections > 0 ? "detached" : "connecting";
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  // What the application asks for.

  send(data: Sendable): Promise<void> {
    return this.#begin(data, 0, 0) as Promise<unknown> as Promise<void>;
  }

  flush(): Promise<void> {
    return this.#begin(undefined, 0, 0) as Promise<unknown> as Promise<void>;
  }

  request(data: Sendable, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Message> {
    const dueAt = this.#line.now() + this.#line.limits.requestTimeoutMs;
    return this.#begin(data, MessageFlag.wantsReply, dueAt, signal) as Promise<Message>;
  }

  #begin(data: Sendable | undefined, flags: number, dueAt: number, signal?: AbortSignal): Promise<Message | undefined> {
    return abortable(signal, (resolve, reject) => {
      const message = data === undefined ? { payload: undefined, flags } : this.#encode(data, flags);
      const pending: Pending = { ...message, dueAt, sequence: 0, resolve, reject };
      this.#waiting.push(pending);
      if (dueAt > 0) {
        this.#requests.add(pending);
        this.#line.wake(dueAt);
      }
      this.#progress();
      return () => this.#requests.delete(pending);
    });
  }

  #encode(data: Sendable, flags: number): { payload: Uint8Array; flags: number } {
    if (this.machine.closing !== undefined) throw this.closedError();
    const content = payloadOf(data);
    const isText = typeof content === "string";
    const payload = isText ? encodeUtf8(content) : content;
    const { maxMessageBytes } = this.machine;
    if (payload.length > maxMessageBytes)
      throw new RangeError(`a message of ${payload.length} bytes is above maxMessageBytes (${maxMessageBytes})`);
    return { payload, flags: isText ? flags | MessageFlag.text : flags };
  }

  reply(message: ClientMessage, data: Sendable): Promise<void> {
    // Who asked for no reply gets a message like any other, which may have to wait for room.
    if (!message.wantsReply) return this.send(data);
    return abortable(undefined, (resolve) => {
      const { payload, flags } = this.#encode(data, MessageFlag.isReply);
      this.machine.reply(payload, flags, message.sequence);
      resolve();
      return () => {};
    });
  }

  close({ code = 1000, reason = "" }: Parameters<ClientSession["close"]>[0] = {}): Promise<CloseInfo> {
    if (!isSendableCloseCode(code) || !endsSession(code))
      throw new RangeError(`${code} is not a code that ends a session`);
    this.#mailbox.finishCurrent();
    this.machine.end({ code, reason, by: "client" });
    return this.closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<Message, undefined> {
    return this.#mailbox;
  }

  async receive({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Message | undefined> {
    return (await this.#mailbox.next(signal)).value;
  }

  room(named: string): ClientRoom {
    // As its server reads it; a longer one is no name.
    const name = truncateUtf8(named, 256);
    const room = this.#rooms.get(name) ?? new RoomMailbox(this, name, this.#mailbox);
    this.#rooms.set(name, room);
    return room;
  }

  reauthenticate(credential: Credential): Promise<void> {
    return this.#line.reauthenticate(credential);
  }

  closedError(): SessionClosedError {
    return new SessionClosedError(this.machine.ending());
  }

  // What the mailboxes ask.

  /** A client that closes is given what comes until CLOSE is said: its server may have to get rid of it to go on. */
  get readEnd(): ReadEnd | undefined {
    return this.machine.closing?.received === undefined ? undefined : this.machine.ending();
  }

  finish(message: ClientMessage): void {
    if (message.finished) return;
    message.finished = true;
    const { room, offset, sequence, byteLength } = message;
    if (room !== undefined && offset !== undefined) this.machine.takeEntry(room, offset, byteLength);
    this.#acknowledge(sequence, sequence > 0 ? byteLength : 0);
  }

  /** Replies are acknowledged with what came before them. */
  #acknowledge(sequence: number, bytes: number): void {
    const upTo = this.#mailbox.isDone ? this.machine.received : sequence;
    this.machine.acknowledge(upTo, bytes);
  }

  onLeave(mailbox: Mailbox): void {
    if (mailbox instanceof RoomMailbox) mailbox.release();
    else this.machine.end({ code: 1000, reason: "", by: "client" });
  }

  // What the state machine tells.

  onMessage(frame: ReceivedFrame): void {
    this.#mailbox.push(this.#messageOf(frame));
  }

  #messageOf({ payload, flags, sequence }: ReceivedFrame): ClientMessage {
    const [isText, wantsReply] = [!!(flags & MessageFlag.text), !!(flags & MessageFlag.wantsReply)];
    return new ClientMessage(this, payload, { sequence, isText, wantsReply });
  }

  onReply(frame: ReceivedFrame): void {
    const request = [...this.#requests].find(({ sequence }) => sequence === frame.repliesTo);
    if (request === undefined) {
      const { emit } = this.#line;
      emit({ name: "late-reply", sessionId: this.id, repliesTo: frame.repliesTo });
    } else {
      this.#requests.delete(request);
      request.resolve(this.#messageOf(frame));
    }
    this.#acknowledge(0, 0);
  }

  onEntry(room: string, { payload, flags, offset, at }: EntryFrame): void {
    const isText = !!(flags & EntryFlag.text);
    this.#mailboxOf(room).push(new ClientMessage(this, payload, { room, offset, at, isText }));
  }

  onGap(room: string | undefined, from: number, to: number, reason: GapReason): void {
    const fields = { room, offset: room === undefined ? 0 : to, gap: { from, to, reason }, isText: true };
    this.#mailboxOf(room).push(new ClientMessage(this, new Uint8Array(0), fields));
  }

  #mailboxOf(name: string | undefined): Mailbox {
    const room = name === undefined ? undefined : this.#rooms.get(name);
    return room?.isClaimed === true ? room : this.#mailbox;
  }

  onAcknowledged(): void {
    this.#line.onChanged();
    this.#progress();
  }

  /** What waits for room goes on if there is some, and flushes if what they wait for is acknowledged, or never will be. */
  #progress(): void {
    const { machine } = this;
    while (this.#waiting[0] !== undefined && this.#goesOn(this.#waiting[0])) this.#waiting.shift();
    for (const flush of this.#flushes.splice(0)) {
      if (flush.sequence <= machine.outbox.acknowledged) flush.resolve();
      else if (machine.isClosed) flush.reject(this.closedError());
      else this.#flushes.push(flush);
    }
  }

  #goesOn(pending: Pending): boolean {
    const { machine } = this;
    const { payload, flags, dueAt } = pending;
    if (payload === undefined) {
      pending.sequence = machine.outbox.last;
      this.#flushes.push(pending);
    } else if (dueAt === 0 || this.#requests.has(pending)) {
      pending.sequence = machine.send(payload, flags);
      if (pending.sequence === 0) return false;
      if (dueAt === 0) pending.resolve();
    }
    return true;
  }

  onStatus(): void {
    const { status } = this;
    if (status === this.#status) return;
    this.#status = status;
    try {
      this.onstatuschange?.();
    } catch (error) {
      // It is reported as any listener's error is, and the session goes on.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  onEnding(): void {
    const error = this.closedError();
    for (const { payload, flags, dueAt, resolve, reject } of this.#waiting) {
      if (payload === undefined || dueAt > 0) continue;
      // What cannot be delivered any more shows in the obituary.
      this.machine.send(payload, flags, 0, true);
      if (error.code === 1000) resolve();
      else reject(error);
    }
    this.#waiting = this.#waiting.filter(({ payload }) => payload === undefined);
    this.#progress();
    for (const request of this.#requests) request.reject(error);
    this.#requests.clear();
    this.#wakeReaders();
    this.#controller.abort(error);
  }

  onClosed(info: CloseInfo): void {
    this.#progress();
    this.#line.onClosed(info);
    this.#wakeReaders();
    this.#resolveClosed(info);
  }

  #wakeReaders(): void {
    for (const mailbox of [this.#mailbox, ...this.#rooms.values()]) mailbox.wake();
  }

  onTime(now: number): number {
    const next = this.machine.onTime(now);
    for (const request of this.#requests) {
      // All requests wait equally long, so the oldest is first.
      if (request.dueAt > now) return Math.min(next, request.dueAt);
      this.#requests.delete(request);
      request.reject(new RequestTimeoutError(this.#line.limits.requestTimeoutMs));
    }
    return next;
  }
}
