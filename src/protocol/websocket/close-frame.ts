import { ByteWriter } from "../bytes.ts";
import { decodeUtf8, truncateUtf8 } from "../text.ts";
import { Utf8Validator } from "../utf8-validator.ts";
import { encodeWebSocketFrame } from "./frame.ts";
import { MAX_CONTROL_BYTES, OPCODE } from "./opcode.ts";
import { isSendableCloseCode } from "./sendable-close-code.ts";
import { WebSocketError } from "./websocket-error.ts";

/** What a close frame without a code means (RFC 6455 §7.1.5); it is never sent itself. */
export const NO_CLOSE_CODE = 1005;

const MAX_REASON_BYTES = MAX_CONTROL_BYTES - 2;
const validator = new Utf8Validator();

export interface CloseFrame {
  readonly code: number;
  readonly reason: string;
}

/** Reads the payload of a close frame; an empty one has code 1005. */
export function decodeClosePayload(payload: Uint8Array): CloseFrame {
  if (payload.length === 0) return { code: NO_CLOSE_CODE, reason: "" };
  if (payload.length === 1) throw new WebSocketError("close frame with half a code", "§5.5.1");
  const code = ((payload[0] as number) << 8) | (payload[1] as number);
  if (!isSendableCloseCode(code)) throw new WebSocketError(`close code ${code} may not be sent`, "§7.4");
  validator.reset();
  if (!validator.push(payload, 2, payload.length) || !validator.complete) {
    throw new WebSocketError("close reason is not UTF-8", "§5.5.1", 1007);
  }
  return { code, reason: decodeUtf8(payload, 2, payload.length) };
}

/**
 * The bytes of a close frame.
 *
 * A code that may not be sent (1005 in the answer to a close without one) makes a frame without a code. A reason above
 * 123 bytes is cut before the character that does not fit. `mask` as in `encodeWebSocketFrame`.
 */
export function encodeWebSocketClose(code: number, reason: string, mask?: number): Uint8Array {
  const writer = new ByteWriter();
  if (isSendableCloseCode(code)) {
    writer.byte(code >>> 8);
    writer.byte(code);
    writer.payload(truncateUtf8(reason, MAX_REASON_BYTES));
  }
  return encodeWebSocketFrame(OPCODE.close, writer.take(), mask);
}
