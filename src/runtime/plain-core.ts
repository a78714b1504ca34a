import { CLOSE_CODES } from "../protocol/close-codes.ts";
import { MAX_REASON_BYTES } from "../protocol/frames/close.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { truncateUtf8 } from "../protocol/text.ts";
import { type CloseInfo, nameOfCode, streamFigures } from "../session/close-info.ts";
import type { Ending } from "../session/ending.ts";
import type { Announcement, Outlet, RoomStream } from "../session/ports.ts";
import { SessionClosedError } from "./errors.ts";
import { Grants } from "./grants.ts";
import { type Payload, ReceivedMessage } from "./message.ts";
import type { Environment, Peer, PlainConnection, PlainReceiver } from "./ports.ts";
import { RateLimit } from "./rate-limit.ts";
import type { ReadEnd } from "./reader.ts";
import { type Outgoing, SessionCore, type SessionStatus } from "./session-core.ts";
import type { Turn } from "./turn.ts";

/**
 * A session over plain lines or bare WebSocket, on either side: it has no numbers, no acknowledgements and no second
 * connection, and ends with the one it has.
 */
export class PlainCore extends SessionCore implements PlainReceiver {
  readonly hasReplies = false;
  readonly origin = "new";
  readonly role: "client" | "server";
  readonly id: string;
  readonly #connection: PlainConnection;
  readonly #onClosed: (core: SessionCore) => void;
  readonly #rooms = new Map<number, RoomStream>();
  readonly #rate: RateLimit | undefined;
  /** Whether a handler of this server may run twice for the same message. */
  readonly #grants: Grants | undefined;
  #committedState: string | undefined;
  #ending: Required<Ending> | undefined;
  #sent = 0;
  #received = 0;
  #isPaused = false;
  /** The other side sends no more. */
  #hasReadEnd = false;
  /** What the application was given, or will be, in the end. */
  #delivered = 0;
  /** Somebody waits for room to write since this time. */
  #stuckSince = Number.POSITIVE_INFINITY;
  #forceAt = Number.POSITIVE_INFINITY;
  #credentialExpiresAt = Number.POSITIVE_INFINITY;
  #endsWhenSettled = false;
  /** The server has said everything: when its client ends, if what came is not all read and answered before. */
  #leaveAt = Number.POSITIVE_INFINITY;
  /** The end has been decided on, and its rooms' entries of this turn are still to come. */
  #isInLastTurn = false;

  constructor(
    env: Environment,
    peer: Peer,
    identity: unknown,
    options: {
      readonly id: string;
      readonly role: "client" | "server";
      readonly connection: PlainConnection;
      readonly onClosed: (core: SessionCore) => void;
    },
  ) {
    super(env, peer, identity);
    this.id = options.id;
    this.role = options.role;
    this.#connection = options.connection;
    this.#onClosed = options.onClosed;
    this.#grants = env.context === undefined ? undefined : new Grants();
    const { messagesPerSecond } = env.limits;
    this.#rate = messagesPerSecond > 0 ? new RateLimit(messagesPerSecond, env.clock.now()) : undefined;
  }

  get status(): SessionStatus {
    return this.info === undefined ? "open" : "closed";
  }

  get sent(): number {
    return this.#sent;
  }

  /** Messages that have come. */
  get received(): number {
    return this.#received;
  }

  /** There are no acknowledgements: what the operating system has taken counts as such. */
  get acknowledged(): number {
    return this.#connection.backlogBytes === 0 ? this.#sent : this.#sent - 1;
  }

  get maxMessageBytes(): number {
    return this.env.limits.maxMessageBytes;
  }

  get ending(): ReadEnd | undefined {
    return this.isEnding ? this.readEnd : undefined;
  }

  get readEnd(): ReadEnd | undefined {
    const ending = this.#ending ?? (this.#hasReadEnd ? this.#goodbye() : undefined);
    return ending === undefined ? undefined : { sessionId: this.id, name: nameOfCode(ending.code), ...ending };
  }

  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** The ending that the other side asked for by sending no more. */
  #goodbye(): Required<Ending> {
    const by = this.role === "server" ? "client" : "server";
    return { code: CLOSE_CODES.normal.code, reason: "", by, retryAfterMs: 0 };
  }

  closedError(): SessionClosedError {
    return new SessionClosedError(this.info ?? (this.readEnd as ReadEnd));
  }

  get outlet(): Outlet | undefined {
    return this.#ending === undefined || this.#isInLastTurn ? this.#connection : undefined;
  }

  addRoom(alias: number, stream: RoomStream): Announcement {
    this.#rooms.set(alias, stream);
    return "now";
  }

  removeRoom(alias: number): void {
    this.#rooms.delete(alias);
  }

  submit(outgoing: Outgoing): number {
    const { limits, clock } = this.env;
    if (this.#connection.backlogBytes >= limits.windowBytes) {
      if (this.#stuckSince === Number.POSITIVE_INFINITY) {
        this.#stuckSince = clock.now();
        this.wake(this.#stuckSince + limits.resumeWindowMs);
      }
      return 0;
    }
    if (this.#rooms.size > 0) this.#readRoomsFirst();
    this.#connection.sendMessage(outgoing.payload);
    this.#sent += 1;
    return this.#sent;
  }

  submitLast({ payload }: Outgoing): number {
    if (this.#rooms.size > 0) this.#readRoomsFirst();
    this.#connection.sendMessage(payload);
    this.#sent += 1;
    return this.#sent;
  }

  override matchGranted(turn: Turn | undefined): number | undefined {
    return turn === undefined ? undefined : this.#grants?.match(turn);
  }

  override grant(turn: Turn | undefined, sequence: number, wantsReply: boolean): void {
    if (turn !== undefined) this.#grants?.add(turn, sequence, wantsReply);
  }

  override finish(message: ReceivedMessage): void {
    message.stateText = this.stateText;
    super.finish(message);
  }

  /** What the handler had not finished will be given to its next run. False when there will be none. */
  rewind(): boolean {
    if (this.#ending !== undefined || this.#endsWhenSettled) return false;
    this.restarted += 1;
    this.inbox.rewind();
    this.stateText = this.#committedState;
    return true;
  }

  /** What has come to its rooms in this turn comes before what its handler says now. */
  #readRoomsFirst(): void {
    for (const room of this.#rooms.values()) room.beforeMessage();
  }

  settle(): void {
    for (let message = this.inbox.settle(); message !== undefined; message = this.inbox.settle()) {
      this.#committedState = message.stateText;
      this.#grants?.forget(message.sequence);
    }
    if (this.#endsWhenSettled && this.inbox.inHand === 0) this.#endNormally();
    else if (this.#leaveAt !== Number.POSITIVE_INFINITY && this.inbox.length === 0) this.#leave();
    else this.#mayRead();
  }

  /** The handler returned: what it took is done, and the session closes. */
  handlerReturned(): void {
    this.#endsWhenSettled = true;
    this.settle();
  }

  handlerFailed(error: unknown): void {
    this.env.emit({ name: "handler-error", sessionId: this.id, error });
    this.end({ code: CLOSE_CODES["handler-error"].code, reason: "", by: this.role });
  }

  #endNormally(): void {
    this.#endsWhenSettled = false;
    this.end({ code: CLOSE_CODES.normal.code, reason: "", by: this.role });
  }

  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    const dropped = this.inbox.waiting;
    this.#begin(ending);
    this.inbox.dropWaiting();
    this.#delivered = this.#received - dropped;
    const { rooms } = this.env;
    if (rooms === undefined || this.#rooms.size === 0 || ending.code !== CLOSE_CODES.normal.code) {
      this.#close(ending);
      return;
    }
    // What was sent to its rooms in this turn, its own last words perhaps, is for this client, too.
    this.#isInLastTurn = true;
    rooms.afterTurn(() => this.#close(ending));
  }

  #close(ending: Ending): void {
    this.#isInLastTurn = false;
    if (this.info !== undefined) return;
    this.#connection.close(ending.code, ending.reason);
    this.#forceAt = this.env.clock.now() + this.env.limits.closeTimeoutMs;
    this.wake(this.#forceAt);
  }

  #begin(ending: Ending): void {
    // As WebSocket can say it: both sides have the same words.
    this.#ending = { retryAfterMs: 0, ...ending, reason: truncateUtf8(ending.reason, MAX_REASON_BYTES) };
    this.#delivered = this.#received;
    this.run?.onEnding();
    for (const room of this.#rooms.values()) room.onPresence();
  }

  // What the connection tells.

  onMessage(payload: Payload, now: number): boolean {
    if (this.#ending !== undefined) return false;
    if (payload.byteLength > this.env.limits.maxMessageBytes) {
      const reason = `a message of ${payload.byteLength} bytes is above ${this.env.limits.maxMessageBytes}`;
      this.end({ code: CLOSE_CODES["message-too-big"].code, reason, by: this.role });
      return false;
    }
    this.#received += 1;
    this.inbox.push(new ReceivedMessage(this, payload, this.#received));
    this.run?.onMessage();
    // Every message costs its token, also the one that fills the queue.
    const isPaid = this.#pay(now);
    this.#isPaused = !isPaid || this.#isFull;
    return !this.#isPaused;
  }

  get #isFull(): boolean {
    const { receiveQueueMessages, receiveQueueBytes } = this.env.limits;
    return this.inbox.length >= receiveQueueMessages || this.inbox.bytes >= receiveQueueBytes;
  }

  /** Whether the rate limit has a token for a message that came; otherwise reading goes on when it has. */
  #pay(now: number): boolean {
    const rate = this.#rate;
    if (rate === undefined || rate.pay(now)) return true;
    if (rate.isExceeded(now)) {
      const reason = `more than ${this.env.limits.messagesPerSecond} messages a second`;
      const { retryAfterMs } = RateLimit;
      this.end({ code: CLOSE_CODES["rate-limited"].code, reason, by: this.role, retryAfterMs });
    } else {
      this.wake(rate.resumeAt);
    }
    return false;
  }

  /** When the rate limit lets reading go on. */
  get #resumeAt(): number {
    return this.#rate?.resumeAt ?? Number.POSITIVE_INFINITY;
  }

  /** Reads on when the queue is half empty, so that reading is not stopped and started for every message. */
  #mayRead(): void {
    if (!this.#isPaused || this.#resumeAt !== Number.POSITIVE_INFINITY || this.#ending !== undefined) return;
    const { receiveQueueMessages, receiveQueueBytes } = this.env.limits;
    if (this.inbox.length * 2 > receiveQueueMessages || this.inbox.bytes * 2 > receiveQueueBytes) return;
    this.#isPaused = false;
    this.#connection.resume();
  }

  onProtocolError(error: ProtocolError): void {
    this.end({ code: CLOSE_CODES[error.closeName].code, reason: error.reason, by: this.role });
  }

  onDrained(): void {
    this.#stuckSince = Number.POSITIVE_INFINITY;
    this.run?.onProgress();
    for (const room of this.#rooms.values()) room.onWritable();
  }

  onReadEnd(): void {
    this.#hasReadEnd = true;
    this.run?.onMessage();
    // On a server the handler sees the end of what it reads, and returns. A client has nobody who has to.
    if (this.role === "server" || this.#ending !== undefined) return;
    this.#leaveAt = this.env.clock.now() + this.env.limits.closeTimeoutMs;
    this.wake(this.#leaveAt);
    this.settle();
  }

  /** Ends as the other side did. What nobody has read yet can still be read. */
  #leave(): void {
    this.#leaveAt = Number.POSITIVE_INFINITY;
    if (this.#ending !== undefined) return;
    const goodbye = this.#goodbye();
    this.#begin(goodbye);
    this.#close(goodbye);
  }

  /** Lines end quietly when the client is done; a line that broke ends with the session expired: it cannot resume. */
  onLost(clean: boolean, code: number, reason: string): void {
    if (this.info !== undefined) return;
    if (this.#ending === undefined) {
      this.#begin({ ...this.#goodbye(), code, reason, ...(clean ? {} : { by: "network" as const }) });
    }
    this.#bury();
  }

  #bury(): void {
    const ending = this.#ending as Required<Ending>;
    const outward = streamFigures(this.#sent, this.#sent);
    const inward = streamFigures(this.#received, this.#delivered);
    const info: CloseInfo = {
      sessionId: this.id,
      code: ending.code,
      name: nameOfCode(ending.code),
      reason: ending.reason,
      by: ending.by,
      confirmed: false,
      retryAfterMs: ending.retryAfterMs,
      fromClient: this.role === "client" ? outward : inward,
      fromServer: this.role === "client" ? inward : outward,
      undelivered: [],
      cursors: [],
      connections: 1,
    };
    this.info = info;
    this.run?.onStatus();
    this.env.deadlines.cancel(this);
    for (const room of this.#rooms.values()) room.onDetached();
    this.env.rooms?.leaveAll(this);
    this.run?.onClosed(info);
    this.#onClosed(this);
    this.env.emit({ name: "session-closed", info, peer: this.peer });
  }

  /** When the credential ends, the session does: a plain client cannot renew it. */
  setCredentialExpiry(expiresAt: number | undefined): void {
    if (expiresAt === undefined) return;
    this.#credentialExpiresAt = expiresAt;
    this.wake(expiresAt);
  }

  onTime(now: number): number {
    if (this.info !== undefined) return Number.POSITIVE_INFINITY;
    if (now >= this.#forceAt) {
      this.#forceAt = Number.POSITIVE_INFINITY;
      this.#connection.destroy();
      this.#bury();
      return Number.POSITIVE_INFINITY;
    }
    if (now >= this.#leaveAt) this.#leave();
    if (now >= this.#resumeAt && this.#rate?.payLater(now) === true) this.#mayRead();
    if (now >= this.#credentialExpiresAt) {
      this.#credentialExpiresAt = Number.POSITIVE_INFINITY;
      this.end({ code: CLOSE_CODES.unauthenticated.code, reason: "the credential has expired", by: this.role });
    }
    const giveUpAt = this.#stuckSince + this.env.limits.resumeWindowMs;
    if (now >= giveUpAt) {
      this.end({ code: CLOSE_CODES["slow-reader"].code, reason: "nothing was read for too long", by: this.role });
    }
    const requests = this.run?.onTime(now) ?? Number.POSITIVE_INFINITY;
    const patience = now >= giveUpAt ? this.#forceAt : giveUpAt;
    return Math.min(this.#resumeAt, this.#leaveAt, this.#credentialExpiresAt, this.#forceAt, requests, patience);
  }
}
