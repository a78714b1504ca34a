import type { FieldWriter } from "../protocol/bytes.ts";
import type { CloseFrame } from "../protocol/frames/close.ts";
import type { EntryFrame } from "../protocol/frames/entry.ts";
import type { Frame } from "../protocol/frames/frame.ts";
import type { GapReason } from "../protocol/frames/gap.ts";
import type { MessageFrame } from "../protocol/frames/message.ts";
import type { OpenedFrame } from "../protocol/frames/opened.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { CloseInfo } from "./close-info.ts";
import type { ClientLimits } from "./limits.ts";
import type { Outlet } from "./ports.ts";

/** What a client's state machine reads of a MESSAGE. */
export type ReceivedFrame = Pick<MessageFrame, "type" | "flags" | "sequence" | "repliesTo" | "payload">;

/** Any frame, as a client's state machine takes it. */
export type ServerFrame = Exclude<Frame, MessageFrame> | ReceivedFrame;

/** What a client's session needs of a connection. */
export interface ClientConnection extends Pick<Outlet, "flush" | "end"> {
  readonly writer: FieldWriter;
}

/** What a connection tells the client's session on it: which connection it was, and what came. */
export interface ClientReceiver {
  onFrame(frame: ServerFrame, connection: ClientConnection): void;
  /** What came is not the protocol. The connection is not read any further. */
  onProtocolError(error: ProtocolError, connection: ClientConnection): void;
  /** The writer is about to be sent: what should ride along is written now. */
  beforeFlush(connection: ClientConnection): void;
  /** The backlog has left: nothing to a client, which writes no more than its window. */
  onDrained(): void;
  onLost(connection: ClientConnection): void;
}

/** What a client's rooms tell the session. */
export interface RoomsHost {
  onEntry(room: string, frame: EntryFrame): void;
  /** Part of a room, or without one of the conversation, is gone: `to` is 0 when nobody knows how much. */
  onGap(room: string | undefined, from: number, to: number, reason: GapReason): void;
}

/** What a client's state machine tells the session that the user holds. Every call is synchronous. */
export interface ClientHost extends RoomsHost {
  /** The next message of stream 0; its number is one above the last. */
  onMessage(frame: ReceivedFrame): void;
  /** A reply, on arrival: it waits for nothing that lies before it. */
  onReply(frame: ReceivedFrame): void;
  /** The server acknowledged something: waiting sends and flushes may go on. */
  onAcknowledged(): void;
  /** A connection carries the session, or none does any more. */
  onStatus(): void;
  /** The end has begun: readers and waiting sends are told. */
  onEnding(): void;
  /** The obituary. Nothing comes after it. */
  onClosed(info: CloseInfo): void;
}

/** One timer for all of a client's deadlines. */
interface Alarm {
  /** The time, in milliseconds that never go back. */
  now(): number;
  /** `onTime` wants to be called at this time, if nothing earlier is arranged. */
  wake(atMs: number): void;
}

/** What dials for a client's state machine, keeps it and wakes it. */
export interface Dialer {
  readonly limits: ClientLimits;
  readonly alarm: Alarm;
  readonly credentials: {
    /** The server refused OPEN's credential. True: the next dial has another; false: this is the end. */
    mayAskAgain(): boolean;
    onAuthed(accepted: boolean, expiresInMs: number): void;
  };
  /** What a reload would have to know has changed. */
  onChanged(): void;
  /** OPENED came and was adopted. */
  onOpened(frame: OpenedFrame): void;
  /** The connection is gone, or given up: dial again, not before the `retryAfterMs` of the server's CLOSE, if one came. */
  onDisconnected(reason: string, close?: CloseFrame): void;
}
