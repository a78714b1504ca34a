import type { CloseFrame } from "../protocol/frames/close.ts";
import type { MessageFrame } from "../protocol/frames/message.ts";
import type { OpenedFrame } from "../protocol/frames/opened.ts";
import type { RoomsHost } from "./client-rooms.ts";
import type { CloseInfo } from "./close-info.ts";

/** What a client's state machine reads of a MESSAGE. */
export type ReceivedFrame = Pick<MessageFrame, "type" | "flags" | "sequence" | "repliesTo" | "payload">;

/** What a client's state machine tells the session that the user holds. Every call is synchronous. */
export interface ClientHost extends RoomsHost {
  /** The time, in milliseconds that never go back. */
  now(): number;
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
  /** What a reload would have to know has changed. */
  onChanged(): void;
  /** `onTime` wants to be called at this time, if nothing earlier is arranged. */
  wake(atMs: number): void;
}

/** What it tells whoever dials for it. */
export interface Dialer {
  /** OPENED came and was adopted. */
  onOpened(frame: OpenedFrame): void;
  /** The connection is gone, or given up: dial again, not before `retryAfterMs`. */
  onDisconnected(why: Disconnection): void;
  /** The server refused OPEN's credential. True: the next dial has another; false: this is the end. */
  onCredentialRefused(): boolean;
  onAuthed(accepted: boolean, expiresInMs: number): void;
}

/** Why a connection was given up. `code` is what the server's CLOSE said; 0 without one. */
export type Disconnection = Pick<CloseFrame, "code" | "reason" | "retryAfterMs">;

/** A disconnection that no CLOSE announced. */
export function unsaid(reason: string): Disconnection {
  return { code: 0, reason, retryAfterMs: 0 };
}
