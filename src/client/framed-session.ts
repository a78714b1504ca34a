import { endsSession } from "../protocol/close-codes.ts";
import type { EntryFrame } from "../protocol/frames/entry.ts";
import type { GapReason } from "../protocol/frames/gap.ts";
import { MessageFlag } from "../protocol/frames/message.ts";
import { encodeUtf8, truncateUtf8 } from "../protocol/text.ts";
import { isSendableCloseCode } from "../protocol/websocket/sendable-close-code.ts";
import { RequestTimeoutError, SessionClosedError } from "../runtime/errors.ts";
import { type Message, payloadOf, type Sendable } from "../runtime/message.ts";
import type { Peer } from "../runtime/ports.ts";
import type { ClientSession, Credential } from "../runtime/public-sessions.ts";
import type { ClientRoom } from "../runtime/room.ts";
import type { SessionStatus } from "../runtime/session-core.ts";
import { ClientMachine } from "../session/client-machine.ts";
import type { UnacknowledgedMessage } from "../session/client-outbox.ts";
import type { ClientHost, ReceivedFrame } from "../session/client-ports.ts";
import type { CloseInfo, RoomCursor, WordsOfEnding } from "../session/close-info.ts";
import { abortable } from "./abortable.ts";
import { ClientMessage, type ClientMessageOwner } from "./client-message.ts";
import { Mailbox, type MailboxOwner, RoomMailbox } from "./mailbox.ts";
import type { Line } from "./ports.ts";

/** A request without its reply, or a flush that waits for acknowledgements. */
interface Waiting {
  /** The number of the message that asks, or of the last one that is flushed; 0 while it waits for room. */
  sequence: number;
  reject(error: unknown): void;
}

interface Request extends Waiting {
  readonly dueAt: number;
  resolve(reply: Message): void;
}

interface Flush extends Waiting {
  resolve(): void;
}

/** A session with a server that speaks Bowline frames, through any number of connections. */
export class FramedSession implements ClientSession, ClientHost, ClientMessageOwner, MailboxOwner {
  status: SessionStatus = "connecting";
  onstatuschange: (() => void) | undefined;
  readonly peer: Peer;
  readonly closed: Promise<CloseInfo>;
  readonly machine: ClientMachine;
  readonly #line: Line;
  readonly #mailbox = new Mailbox(this);
  readonly #rooms = new Map<string | undefined, RoomMailbox>();
  readonly #controller = new AbortController();
  readonly signal: AbortSignal = this.#controller.signal;
  /** Sends, requests and flushes that wait for room, oldest first. Each says whether it could go on. */
  readonly #queue: (() => boolean)[] = [];
  #flushes: Flush[] = [];
  /** Oldest first; those that wait for room, too. */
  readonly #requests = new Set<Request>();
  #resolveClosed: ((info: CloseInfo) => void) | undefined;

  constructor(line: Line, instance: Uint8Array, cursors: readonly RoomCursor[] | undefined) {
    this.#line = line;
    this.peer = line.target.peer;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.machine = new ClientMachine(this, line, instance, cursors);
  }

  get id(): string {
    return this.machine.id;
  }

  get origin(): "new" | "resumed" | "revived" {
    return this.machine.origin;
  }

  // What the application asks for.

  send(data: Sendable): Promise<void> {
    return abortable((resolve, reject) => {
      const message = this.#encode(data, 0);
      this.#enqueue(() => {
        const { ending } = this.machine;
        // What waits when the session ends is accepted. If it cannot be delivered any more, the obituary shows it.
        if (!this.machine.send(message, !!ending)) return false;
        if (ending && ending.code !== 1000) reject(this.closedError());
        else resolve();
        return true;
      });
    });
  }

  flush(): Promise<void> {
    return abortable((resolve, reject) => {
      this.#enqueue(() => !!this.#flushes.push({ sequence: this.machine.last, resolve, reject }));
    });
  }

  request(data: Sendable, { signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Message> {
    return abortable((resolve, reject) => {
      const { alarm, limits } = this.#line;
      const message = this.#encode(data, MessageFlag.wantsReply);
      const request: Request = { dueAt: alarm.now() + limits.requestTimeoutMs, sequence: 0, resolve, reject };
      this.#requests.add(request);
      alarm.wake(request.dueAt);
      this.#enqueue(() => {
        // Nobody waits for it any more.
        if (!this.#requests.has(request)) return true;
        request.sequence = this.machine.send(message);
        return request.sequence > 0;
      });
      return () => this.#requests.delete(request);
    }, signal);
  }

  #enqueue(step: () => boolean): void {
    this.#queue.push(step);
    this.onAcknowledged();
  }

  #encode(data: Sendable, flags: number, repliesTo = 0): UnacknowledgedMessage {
    const { ending, maxMessageBytes } = this.machine;
    if (ending) throw this.closedError();
    const content = payloadOf(data);
    const isText = typeof content === "string";
    const payload = isText ? encodeUtf8(content) : content;
    if (payload.length > maxMessageBytes)
      throw new RangeError(`a message of ${payload.length} bytes is above maxMessageBytes (${maxMessageBytes})`);
    return { payload, flags: isText ? flags | MessageFlag.text : flags, repliesTo };
  }

  reply(message: ClientMessage, data: Sendable): Promise<void> {
    // Who asked for no reply gets a message like any other, which may have to wait for room.
    if (!message.wantsReply) return this.send(data);
    return abortable((resolve) => {
      this.machine.reply(this.#encode(data, MessageFlag.isReply, message.sequence));
      resolve();
    });
  }

  close({ code = 1000, reason = "" }: Parameters<ClientSession["close"]>[0] = {}): Promise<CloseInfo> {
    if (!isSendableCloseCode(code) || !endsSession(code)) throw new RangeError(`${code} ends no session`);
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
    return this.#line.credentials.offer(credential);
  }

  closedError(): SessionClosedError {
    return new SessionClosedError(this.machine.ending as WordsOfEnding);
  }

  // What the mailboxes ask.

  /** A client that closes reads until it has closed: a gap may come, of a server killed before it answered CLOSE. */
  get readEnd(): SessionClosedError | undefined {
    return this.machine.isClosed ? this.closedError() : undefined;
  }

  finish(message: ClientMessage): void {
    if (message.finished) return;
    message.finished = true;
    const { room, offset, sequence, byteLength } = message;
    if (offset) this.machine.takeEntry(room as string, offset, byteLength);
    this.#acknowledge(sequence, sequence && byteLength);
  }

  /** Replies are acknowledged with what came before them. */
  #acknowledge(sequence: number, bytes: number): void {
    const upTo = this.#mailbox.isDone ? this.machine.received : sequence;
    this.machine.process(upTo, bytes);
  }

  deliver(message: ClientMessage): void {
    const room = this.#rooms.get(message.room);
    (room?.isClaimed ? room : this.#mailbox).push(message);
  }

  // What the state machine tells.

  onMessage(frame: ReceivedFrame): void {
    this.deliver(this.#messageOf(frame));
  }

  #messageOf({ payload, flags, sequence }: ReceivedFrame): ClientMessage {
    return new ClientMessage(this, payload, flags, { sequence, wantsReply: !!(flags & MessageFlag.wantsReply) });
  }

  onReply(frame: ReceivedFrame): void {
    const request = [...this.#requests].find(({ sequence }) => sequence === frame.repliesTo);
    if (request) {
      this.#requests.delete(request);
      request.resolve(this.#messageOf(frame));
    } else {
      const { platform } = this.#line;
      platform.emit({ name: "late-reply", sessionId: this.id, repliesTo: frame.repliesTo });
    }
    this.#acknowledge(0, 0);
  }

  onEntry(room: string, { payload, flags, offset, at }: EntryFrame): void {
    // What is not logged has offset 0 on the wire.
    this.deliver(new ClientMessage(this, payload, flags, { room, offset: offset || undefined, at }));
  }

  onGap(room: string | undefined, from: number, to: number, reason: GapReason): void {
    const offset = (room && to) || undefined;
    const gap = { from, to, reason };
    this.deliver(new ClientMessage(this, new Uint8Array(), MessageFlag.text, { room, offset, gap }));
  }

  /** What waits for room goes on if there is some, and flushes if what they wait for is acknowledged, or never will be. */
  onAcknowledged(): void {
    const { machine } = this;
    while (this.#queue[0]?.()) this.#queue.shift();
    this.#flushes = this.#flushes.filter(({ sequence, resolve, reject }) => {
      if (sequence <= machine.acked) resolve();
      else if (machine.isClosed) reject(this.closedError());
      else return true;
      return false;
    });
  }

  onStatus(): void {
    const { isClosed, outlet, connections } = this.machine;
    const before = this.status;
    this.status = isClosed ? "closed" : outlet ? "open" : connections ? "detached" : "connecting";
    // When the session is done with the change; an error is reported as any listener's is, and the session goes on.
    if (this.status !== before) queueMicrotask(() => this.onstatuschange?.());
  }

  onEnding(): void {
    const error = this.closedError();
    for (const request of this.#requests) request.reject(error);
    this.#requests.clear();
    this.onAcknowledged();
    this.#wakeReaders();
    this.#controller.abort(error);
  }

  onClosed(info: CloseInfo): void {
    this.onAcknowledged();
    this.#line.onClosed(info);
    this.#wakeReaders();
    this.#resolveClosed?.(info);
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
