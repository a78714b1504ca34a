import type { Frame } from "../protocol/frames/frame.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { Tombstone } from "../session/admission.ts";
import type { CloseInfo } from "../session/close-info.ts";
import type { Limits } from "../session/limits.ts";
import type { Announcement, OfferedCursor, Outlet, RoomStream, WireForm } from "../session/ports.ts";
import type { RecordedRoom, SessionRecord } from "../session/record.ts";
import type { Clock, Deadlines } from "./deadlines.ts";
import type { Payload } from "./message.ts";
import type { JoinOptions, Room } from "./room.ts";
import type { Turn } from "./turn.ts";

/** Who is on the other end of a connection. */
export interface Peer {
  /** The client's IP address; behind `trustedProxies`, the one they name. On a client, the server's URL. */
  readonly address: string;
  readonly form: WireForm;
  readonly secure: boolean;
  /** Headers of the WebSocket upgrade, in lower case; none for TCP. */
  readonly headers: { readonly [name: string]: string | undefined };
}

/** Things that happen, for logs, metrics and traces. The library publishes them and never logs. */
export type Diagnostic =
  | { readonly name: "session-opened"; readonly sessionId: string; readonly origin: string; readonly peer: Peer }
  | { readonly name: "session-closed"; readonly info: CloseInfo; readonly peer: Peer }
  | { readonly name: "handler-error"; readonly sessionId: string; readonly error: unknown }
  | { readonly name: "late-reply"; readonly sessionId: string; readonly repliesTo: number }
  | { readonly name: "key-mismatch"; readonly sessionId: string; readonly room: string; readonly key: string }
  | { readonly name: "room-error"; readonly room: string; readonly error: unknown }
  | { readonly name: "store-error"; readonly sessionId: string; readonly error: unknown }
  | {
      /** A handler did not let go of its thread, or filled its heap, and was stopped. */
      readonly name: "handler-stuck";
      readonly sessionId: string;
      /** The number of the message; 0 for none. */
      readonly message: number;
      readonly why: "stuck" | "heap";
      /** Where it was, if that could be found out. */
      readonly stack: string | undefined;
    }
  | { readonly name: "poison-message"; readonly sessionId: string; readonly message: number }
  | { readonly name: "thread-started"; readonly thread: number; readonly tookMs: number }
  | {
      readonly name: "thread-ended";
      readonly thread: number;
      readonly why: ThreadEnd;
      readonly error: unknown;
      /** Sessions whose handlers ran in it. */
      readonly sessions: number;
    }
  | { readonly name: "threads-failing"; readonly restarts: number; readonly retryAfterMs: number }
  | { readonly name: "connection-refused"; readonly address: string; readonly code: number; readonly reason: string }
  | { readonly name: "connection-error"; readonly address: string; readonly error: unknown };

/**
 * Why a thread of handlers ended: it hung; its heap was full; somebody called `process.exit`; an error that belongs to no
 * session; it could not start; its work was done.
 */
export type ThreadEnd = "stuck" | "heap" | "exit" | "uncaught" | "start" | "done";

export type Emit = (event: Diagnostic) => void;

/**
 * Which message's handling the running code belongs to. On Node it is `AsyncLocalStorage`; without one (`undefined` in
 * `Environment`) nothing is attributed, and nothing is paid for it.
 */
export interface MessageContext {
  /** Runs `start`, and everything it causes, in this turn. */
  run<T>(turn: Turn, start: () => T): T;
  /** The calling code, and what it goes on to do, belongs to this turn from now on. */
  enter(turn: Turn): void;
  current(): Turn | undefined;
}

/** A session, as rooms see it. */
export interface RoomSession {
  readonly id: string;
  readonly identity: unknown;
  /** Names the identity without telling it; `""` when there is none. */
  readonly identityHash: string;
  readonly peer: Peer;
  /** The run of the handler that is current; others are over. */
  readonly run: object | undefined;
  /** The connection that carries it now; `undefined` while it is away. */
  readonly outlet: Outlet | undefined;
  /** Whether its end has begun. */
  readonly isEnding: boolean;
  /** The error for what can no longer be done in it. */
  closedError(): Error;
  /** How much of one stream may be on its way, unacknowledged. */
  readonly windowMessages: number;
  readonly windowBytes: number;
  /** The stream hears of acknowledgements, of room to write, of lost and new connections. */
  addRoom(alias: number, stream: RoomStream): Announcement;
  removeRoom(alias: number): void;
  /** Tells the client that it has left a room; a durable session when that is on record. */
  sayLeft(room: string): void;
  /** The cursor that the client brought along for a room. Given once. */
  takeOffered(room: string): OfferedCursor | undefined;
  /** Whether `sessionWindowBytes` has room for so many bytes of entries. If not, `onWritable` is called when it has. */
  admitsRoomBytes(bytes: number): boolean;
  /** Bytes of entries on their way to the client (negative: acknowledged); they count towards `sessionWindowBytes`. */
  countRoomBytes(bytes: number): void;
  /** Where the client is in a room has changed, for the record. */
  onRecordChanged(): void;
  /** Something that `message` caused has settled: it may be acknowledged now. */
  settle(): void;
  /** A room send that nobody awaited failed: the session ends, and what it was handling stays unacknowledged. */
  onSendFailed(error: unknown): void;
}

/** Rooms, as a session reaches them. `server/` plugs `rooms/` in here. `run` is the run of the handler that asks. */
export interface RoomJoiner {
  join(session: RoomSession, run: object, room: string, options: JoinOptions): Promise<Room>;
  /** A handle without joining. */
  room(session: RoomSession, run: object, room: string): Room;
  /** A durable session was loaded from its record: it is in these rooms, behind. */
  restore(session: RoomSession, rooms: readonly RecordedRoom[]): void;
  /** Calls back when what was sent to rooms in this turn of the event loop has been given to their members. */
  afterTurn(callback: () => void): void;
  /** The session has ended: it is in no room any more. */
  leaveAll(session: RoomSession): void;
  /** The server goes away, and its sessions go on elsewhere: nobody is told any more that somebody left. */
  stopPresence(): void;
}

/** What is stored of a session: all of it when it is durable, its last words once it has ended. */
export type StoredSession =
  | { readonly kind: "record"; readonly record: SessionRecord }
  | { readonly kind: "tombstone"; readonly close: Tombstone };

/** Where session records and tombstones live. Implemented by brokers. */
export interface SessionStore {
  get(id: string): Promise<StoredSession | undefined>;
  /** Resolves when it is as durable as the store can make it. It may be forgotten after `keepMs`. */
  put(id: string, stored: StoredSession, keepMs: number): Promise<void>;
  delete(id: string): Promise<void>;
}

/** What a connection that carries Bowline frames tells the session on it. `outlet` is the connection that speaks. */
export interface FrameReceiver {
  onFrame(frame: Frame, outlet: Outlet, now: number): void;
  /** What came is not the protocol. The connection is not read any further. */
  onProtocolError(error: ProtocolError, outlet: Outlet, now: number): void;
  /** The writer is about to be sent: what should ride along is written now. Comes while the outlet's `hasRider` is set. */
  beforeFlush(outlet: Outlet, now: number): void;
  /** The backlog has left. */
  onDrained(outlet: Outlet): void;
  onLost(outlet: Outlet, now: number): void;
}

/** A connection that carries Bowline frames, and tells whoever listens now: first the opening, then the session. */
export interface FrameConnection extends Outlet {
  receiver: FrameReceiver;
}

/** A connection that carries plain messages: lines, or bare WebSocket. */
export interface PlainConnection extends Outlet {
  /** Writes one message in the connection's own form. */
  sendMessage(payload: string | Uint8Array): void;
  /** Goes on reading, after `onMessage` had said stop. */
  resume(): void;
  /** Ends the connection after what was written has left; bare WebSocket passes the code and the reason on. */
  close(code: number, reason: string): void;
  /** Ends it at once: its peer does not read. */
  destroy(): void;
}

/** What a plain connection tells the session on it. */
export interface PlainReceiver {
  /** One message. False: read no more until `resume`. */
  onMessage(payload: Payload, now: number): boolean;
  onProtocolError(error: ProtocolError, now: number): void;
  onDrained(): void;
  /** The client will send no more, and may still be reading (`echo hello | nc …`). */
  onReadEnd(): void;
  /** The connection is gone. `clean`: the client said that it was done. */
  onLost(clean: boolean, code: number, reason: string, now: number): void;
}

/** What surrounds the sessions of one server, or one client. */
export interface Environment {
  readonly clock: Clock;
  readonly deadlines: Pick<Deadlines, "wake" | "cancel">;
  readonly limits: Limits;
  readonly emit: Emit;
  readonly context: MessageContext | undefined;
  readonly rooms: RoomJoiner | undefined;
}
