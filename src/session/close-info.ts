import { CLOSE_NAMES, type CloseName } from "../protocol/close-codes.ts";
import type { CloseBeginner } from "../protocol/frames/close.ts";

/** One direction of stream 0 at the end. Both sides of a confirmed ending hold the same figures. */
export interface StreamFigures {
  /** The highest number that was sent. */
  readonly sent: number;
  /** The highest number that was, or will still be, given to the other side's application. */
  readonly received: number;
  /** The numbers in between, inclusive: what was sent in vain. An upper bound when not `confirmed`. */
  readonly undelivered: { readonly from: number; readonly to: number } | undefined;
}

/** A message that this side sent and that did not arrive, handed back. */
export interface UndeliveredMessage {
  readonly sequence: number;
  /** Text as text, bytes as bytes, an object as its JSON text. */
  readonly data: string | Uint8Array;
}

/** Where a client was in a room; `connect({ cursors })` goes on from there. */
export interface RoomCursor {
  readonly room: string;
  readonly epoch: number;
  readonly offset: number;
  /** The server's proof that this client may read from here. */
  readonly ticket: string;
}

/** How a session ended, without the figures. */
export type WordsOfEnding = Pick<CloseInfo, "sessionId" | "code" | "name" | "reason" | "by" | "retryAfterMs">;

/** What a session leaves behind: the obituary. Resolved by `session.closed`, and one diagnostics event. */
export interface CloseInfo {
  readonly sessionId: string;
  /** The close code; `docs/protocol.md` has the table. */
  readonly code: number;
  /** The code's name, or `application` for a number that the table does not have. */
  readonly name: CloseName | "application";
  readonly reason: string;
  readonly by: CloseBeginner;
  /** Whether the peer's own figures are in here. If not, `undelivered` is an upper bound. */
  readonly confirmed: boolean;
  /** How long the peer asked to be left alone before the next try; 0 when it did not say. */
  readonly retryAfterMs: number;
  readonly fromClient: StreamFigures;
  readonly fromServer: StreamFigures;
  /** This side's own messages that did not arrive. Messages of plain sessions are not kept, so there are none. */
  readonly undelivered: readonly UndeliveredMessage[];
  /** Client only: where it was in each room. */
  readonly cursors: readonly RoomCursor[];
  /** Connections that carried the session. */
  readonly connections: number;
}

export function nameOfCode(code: number): CloseName | "application" {
  return CLOSE_NAMES[code] ?? "application";
}

export function streamFigures(sent: number, received: number): StreamFigures {
  return { sent, received, undelivered: received < sent ? { from: received + 1, to: sent } : undefined };
}
