import type { FieldWriter, FrameReader } from "../bytes.ts";
import { ProtocolError } from "../protocol-error.ts";
import { truncateUtf8 } from "../text.ts";
import { choice } from "./choice.ts";
import { FrameType } from "./frame-type.ts";

/** Who began an ending. `network`: nobody did; the line stayed dead for longer than the resume window. */
export type CloseBeginner = "client" | "server" | "network";

/** The last words of a connection; the peer answers with its own (§6.11). */
export interface CloseFrame {
  readonly type: typeof FrameType.close;
  readonly code: number;
  /** At most 123 bytes of UTF-8, as WebSocket allows. */
  readonly reason: string;
  /** How long the client should wait before it tries again. */
  readonly retryAfterMs: number;
  /** On stream 0: the highest number sent. */
  readonly sent: number;
  /** On stream 0: the highest number processed, or still to be given to the application. */
  readonly received: number;
  /**
   * Who began it. The server's word stands, so that both obituaries agree also when two CLOSEs cross.
   * The last field, and optional on the wire: a CLOSE without it was begun by the server.
   */
  readonly by: CloseBeginner;
}

export const BEGINNERS: readonly CloseBeginner[] = ["client", "server", "network"];
export const MAX_REASON_BYTES = 123;

export function readClose(reader: FrameReader): CloseFrame {
  const code = reader.varint();
  const start = reader.position;
  const reason = reader.string();
  // A length of up to 123 takes one byte.
  if (reader.position - start > 1 + MAX_REASON_BYTES)
    throw new ProtocolError("Reason of CLOSE longer than 123 bytes", "§6.11");
  return {
    type: FrameType.close,
    code,
    reason,
    retryAfterMs: reader.varint(),
    sent: reader.varint(),
    received: reader.varint(),
    by: reader.remaining ? choice(BEGINNERS, reader.byte() - 1, "§6.11") : "server",
  };
}

/** A longer reason is cut to 123 bytes, at the end of a character. */
export function writeClose(writer: FieldWriter, frame: Omit<CloseFrame, "type">): void {
  writer.frame(FrameType.close, [
    frame.code,
    truncateUtf8(frame.reason, MAX_REASON_BYTES),
    frame.retryAfterMs,
    frame.sent,
    frame.received,
    BEGINNERS.indexOf(frame.by) + 1,
  ]);
}
