/// <reference lib="esnext.disposable" preserve="true" />
import type { LineEnding } from "../protocol/lines.ts";
import type { CloseInfo } from "../session/close-info.ts";
import type { Message, Sendable } from "./message.ts";
import type { Peer } from "./ports.ts";
import type { ClientRoom, JoinOptions, Room } from "./room.ts";
import type { SessionStatus } from "./session-core.ts";

/**
 * A conversation with one peer. The same on both sides; `ServerSession` and `ClientSession` add what is each side's own.
 *
 * It outlives connections: what is sent while none is there is delivered when the peer is back. It ends when either side
 * closes it, when the handler settles, or when the peer stays away for longer than the resume window.
 */
export interface Session extends AsyncIterable<Message>, AsyncDisposable {
  /** The session's id: the same on both sides, and after every resume. Empty on a plain `tcp:` client. */
  readonly id: string;

  /** How the session came to be here: `new`, `resumed` (nothing lost, nothing doubled) or `revived`. */
  readonly origin: "new" | "resumed" | "revived";

  /** Who is on the other end of the connection that carries the session, or carried it last. */
  readonly peer: Peer;

  readonly status: SessionStatus;

  /** Called whenever `status` has changed; on a client that speaks frames, at the end of what changed it. */
  onstatuschange: (() => void) | undefined;

  /** Aborts when the session begins to end. Everything that the handler started should hang on it. */
  readonly signal: AbortSignal;

  /** Resolves with the obituary when the session has ended, however it ended. Never rejects. */
  readonly closed: Promise<CloseInfo>;

  /**
   * Sends one message: text, bytes (copied), or a plain object or array as JSON.
   *
   * Resolves when it is accepted for delivery, in order; that waits only while the window is full. Rejects with
   * `SessionClosedError` when the session ends first, and with `RangeError` above `maxMessageBytes`. Throws `TypeError`
   * for what is none of these. Forgetting to await it is safe.
   */
  send(data: Sendable): Promise<void>;

  /** Resolves when everything sent so far is acknowledged: the other side's application is done with it. */
  flush(): Promise<void>;

  /**
   * Sends a message that asks for a reply, and resolves with the reply.
   *
   * Rejects with `RequestTimeoutError` after `requestTimeoutMs`, with the signal's reason when that aborts, with
   * `SessionClosedError`, and with `TypeError` on plain sessions, where nothing could name the request it answers.
   */
  request(data: Sendable, options?: { readonly signal?: AbortSignal | undefined }): Promise<Message>;

  /** Takes one message; `undefined` when the session closed normally. Ends nothing when the caller stops. */
  receive(options?: { readonly signal?: AbortSignal | undefined }): Promise<Message | undefined>;

  /**
   * Reads messages until the session ends. One reader at a time.
   *
   * Leaving the loop closes a client's session. A server's ends when its handler settles, and not before.
   */
  [Symbol.asyncIterator](): AsyncIterator<Message, undefined>;

  /**
   * Ends the session. What was sent is delivered first, for at most `closeTimeoutMs`; what was taken counts as done.
   * Resolves with the obituary. Throws `RangeError` for a code that is none, or that ends only a connection (1001, 1013,
   * 4000, 4008).
   */
  close(options?: { readonly code?: number | undefined; readonly reason?: string | undefined }): Promise<CloseInfo>;

  /** The same as `close()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A session as its handler holds it, on the server. */
export interface ServerSession extends Session {
  /** Who the client is, as `authenticate` said. */
  readonly identity: unknown;

  /** Runs of the handler for this session before this one. */
  readonly restarted: number;

  /** Plain lines: how the client ended its last message, and so how what it is sent ends; `""` in the other forms. */
  readonly lineEnding: LineEnding;

  /**
   * A JSON value of yours that belongs to the session; assign it whole, since a change inside it is not seen.
   *
   * It commits with the acknowledgement of the message that is being handled: a handler that runs again finds it as it
   * was then. On disk when the server is `durable`. Throws `RangeError` above `maxStateBytes`.
   */
  state: unknown;

  /**
   * Joins a room: its entries go to the client from now on. Joining again changes nothing.
   *
   * Resolves with the room when the client has been told. Rejects with `RoomError` above `maxRoomsPerSession`. On the
   * server only: a client asks its handler.
   */
  join(room: string, options?: JoinOptions): Promise<Room>;

  /** A room without joining it: to send to it, to page through its history, to see who is there. */
  room(room: string): Room;
}

/** A session as a client holds it. */
export interface ClientSession extends Session {
  /**
   * A room that the handler joined this session to. Iterating over it claims it: its entries, also those that wait in
   * the session's loop, come here instead. `break` gives it back, with what was not read.
   */
  room(name: string): ClientRoom;

  /**
   * Offers a new credential on the live session, before the old one ends. Resolves when the server has accepted it;
   * rejects when it has not (the session goes on with the old one), and with `SessionClosedError`.
   */
  reauthenticate(credential: Credential): Promise<void>;
}

/** What proves who the client is: text or bytes, as the server's `authenticate` understands them. */
export type Credential = string | Uint8Array;
