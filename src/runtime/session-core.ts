import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { LineEnding } from "../protocol/lines.ts";
import type { CloseInfo } from "../session/close-info.ts";
import type { Ending } from "../session/ending.ts";
import type { Announcement, OfferedCursor, Outlet, RoomStream } from "../session/ports.ts";
import type { Timed } from "./deadlines.ts";
import { Inbox } from "./inbox.ts";
import type { MessageOwner, ReceivedMessage, Sendable } from "./message.ts";
import { payloadOf, sizeError } from "./message.ts";
import type { Environment, Peer, RoomSession } from "./ports.ts";
import { never, type ReadEnd } from "./reader.ts";
import type { Turn } from "./turn.ts";

/** What the user sees of a session's state. */
export type SessionStatus = "connecting" | "open" | "detached" | "closed";

/** The current run's side of a session: told what happens. `SessionRun` implements it. */
export interface Run {
  send(data: Sendable): Promise<void>;
  /** A message is in the inbox. */
  onMessage(): void;
  /** A reply to the request with this number; false when nobody waits for it. */
  onReply(message: ReceivedMessage, repliesTo: number): boolean;
  /** There may be room to send, or something may have been acknowledged. */
  onProgress(): void;
  onStatus(): void;
  /** The end has begun. */
  onEnding(): void;
  onClosed(info: CloseInfo): void;
  /** The inbox gives nothing more out. */
  onStopReading(): void;
  /** Another run takes the session over. */
  replace(): void;
  /** Request timeouts: what is due, and when next. */
  onTime(now: number): number;
}

/** Flags of a message on its way out. */
export interface Outgoing {
  readonly payload: string | Uint8Array;
  readonly wantsReply: boolean;
  /** The request that this answers; 0 for none. */
  readonly repliesTo: number;
  /** What it is a part of the handling of, where handlers can run twice. */
  readonly turn?: Turn | undefined;
}

/**
 * Everything of a session that outlives a run of its handler: the inbox, the state machine or the plain connection
 * beneath, and what a run that comes after may have to know.
 */
export abstract class SessionCore implements Timed, MessageOwner, RoomSession {
  readonly env: Environment;
  readonly inbox = new Inbox();
  identity: unknown;
  peer: Peer;
  run: Run | undefined;
  /** Runs of the handler before the current one. */
  restarted = 0;
  /** The obituary, once there is one. */
  info: CloseInfo | undefined;
  deadlineAt = 0;
  deadlineIndex = -1;

  constructor(env: Environment, peer: Peer, identity: unknown) {
    this.env = env;
    this.peer = peer;
    this.identity = identity;
  }

  abstract get id(): string;
  abstract get origin(): "new" | "resumed" | "revived";
  abstract get status(): SessionStatus;
  /** Set when no more messages will come than the inbox holds. */
  abstract get readEnd(): ReadEnd | undefined;
  /** Whether the application may have another message: not while its replies to earlier ones fill a window. */
  get mayTake(): boolean {
    return true;
  }

  /** Set when the end has begun. */
  abstract get ending(): ReadEnd | undefined;
  /** Whether nothing can be sent any more. */
  abstract get isEnding(): boolean;
  /** The number of the last message sent, and the highest one acknowledged. */
  abstract get sent(): number;
  abstract get acknowledged(): number;
  /** Bytes a message may have. */
  abstract get maxMessageBytes(): number;

  /** The connection that carries the session now. */
  abstract get outlet(): Outlet | undefined;
  abstract addRoom(alias: number, stream: RoomStream): Announcement;
  abstract removeRoom(alias: number): void;

  /** Only clients that speak frames know of rooms by themselves. */
  sayLeft(_room: string): void {}

  takeOffered(_room: string): OfferedCursor | undefined {
    return undefined;
  }

  // Plain sessions acknowledge nothing, and offer no cursors.

  get identityHash(): string {
    return "";
  }

  get windowMessages(): number {
    return Number.POSITIVE_INFINITY;
  }

  get windowBytes(): number {
    return Number.POSITIVE_INFINITY;
  }

  admitsRoomBytes(_bytes: number): boolean {
    return true;
  }

  countRoomBytes(_bytes: number): void {}

  onRecordChanged(): void {}

  onSendFailed(error: unknown): void {
    this.env.emit({ name: "handler-error", sessionId: this.id, error });
    this.end({ code: CLOSE_CODES["handler-error"].code, reason: "", by: this.role });
  }

  /** A function that the application gave the session threw. */
  onCallbackFailed(error: unknown): void {
    this.onSendFailed(error);
  }

  /** How the client ended its last line; `""` in the other forms. */
  get lineEnding(): LineEnding {
    return this.outlet?.lineEnding ?? "";
  }

  /** Gives nothing more to the handler: what it has not asked for stays as it is. */
  stopReading(): void {
    this.inbox.stop();
    this.run?.onStopReading();
  }

  /** Sends now and gives the number, or 0 when there is no room. Replies never have to wait. */
  abstract submit(outgoing: Outgoing): number;
  /** Takes what has waited for room and can wait no longer, and gives its number. It leaves when there is room. */
  abstract submitLast(outgoing: Outgoing): number;
  abstract end(ending: Ending): void;
  abstract readonly role: "client" | "server";
  /** Whether requests have replies here: only between Bowline peers. */
  abstract readonly hasReplies: boolean;

  /** A handler that runs again must not speak twice: whether this send was granted to an earlier run, and its number. */
  matchGranted(_turn: Turn | undefined): number | undefined {
    return undefined;
  }

  /** This turn was granted a send with this number. */
  grant(_turn: Turn | undefined, _sequence: number, _wantsReply: boolean): void {}

  /** The first message was asked for. */
  onFirstRead(): void {}

  /** The run took a message. */
  onTaken(_message: ReceivedMessage): void {}

  /** The current run waits until everything up to this number is acknowledged. */
  onFlush(_upTo: number): void {}

  /** The current run waits for the reply to this number. It may have come to an earlier run. */
  onRequest(_sequence: number): void {}

  /** The value of `session.state`, as JSON text. */
  stateText: string | undefined;

  finish(message: ReceivedMessage): void {
    if (message.finished) return;
    message.finished = true;
    this.settle();
  }

  /** What is finished, and has settled, is acknowledged. */
  abstract settle(): void;

  reply(message: ReceivedMessage, data: Sendable): Promise<void> {
    if (this.isEnding) return rejectedQuietly(this.closedError());
    // Who asked for no reply gets a message like any other, which may have to wait for room.
    if (!this.hasReplies || !message.wantsReply) return this.run?.send(data) ?? never();
    const payload = payloadOf(data);
    const error = sizeError(payload, this.maxMessageBytes);
    if (error !== undefined) return rejectedQuietly(error);
    this.submitReply(message, { payload, wantsReply: false, repliesTo: message.sequence });
    return Promise.resolve();
  }

  protected submitReply(_message: ReceivedMessage, outgoing: Outgoing): void {
    this.submit(outgoing);
  }

  abstract closedError(): Error;

  wake(atMs: number): void {
    this.env.deadlines.wake(this, atMs);
  }

  abstract onTime(now: number): number;
}

function ignore(): void {}

/** A rejection that nobody has to handle: a forgotten `await` must not end the process. */
export function rejectedQuietly<T>(error: unknown): Promise<T> {
  const promise = Promise.reject<T>(error);
  promise.catch(ignore);
  return promise;
}

export function quietly<T>(promise: Promise<T>): Promise<T> {
  promise.catch(ignore);
  return promise;
}
