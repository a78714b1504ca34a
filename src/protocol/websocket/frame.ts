import { encodeUtf8Into, utf8Length } from "../text.ts";
import { applyMask } from "./mask.ts";
import { OPCODE, type Opcode } from "./opcode.ts";

const FINAL_BIT = 0x80;
const MASKED_BIT = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/** How many bytes the header of a frame takes: 2 to 14. */
export function webSocketHeaderLength(payloadLength: number, masked: boolean): number {
  const length = payloadLength < LENGTH_16 ? 2 : payloadLength < 0x10000 ? 4 : 10;
  return masked ? length + 4 : length;
}

/**
 * Writes the header of a whole message (or control frame) at `at`; returns where the payload goes.
 *
 * A server writes no `mask`. A client gives 32 random bits, new for each frame (RFC 6455 §5.3), writes the payload, and
 * applies the same bits to it with `applyMask`.
 */
export function writeWebSocketHeader(
  target: Uint8Array,
  at: number,
  opcode: Opcode,
  payloadLength: number,
  mask?: number,
): number {
  const maskedBit = mask === undefined ? 0 : MASKED_BIT;
  let end = at;
  target[end++] = FINAL_BIT | opcode;
  if (payloadLength < LENGTH_16) {
    target[end++] = maskedBit | payloadLength;
  } else if (payloadLength < 0x10000) {
    target[end++] = maskedBit | LENGTH_16;
    target[end++] = payloadLength >>> 8;
    target[end++] = payloadLength;
  } else {
    target[end++] = maskedBit | LENGTH_64;
    end = writeUint32(target, end, Math.floor(payloadLength / 0x1_0000_0000));
    end = writeUint32(target, end, payloadLength);
  }
  return mask === undefined ? end : writeUint32(target, end, mask);
}

/**
 * The bytes of one frame that carries a whole message, or a ping or pong.
 *
 * Without `mask` (a server's frame) the same bytes are right for every receiver: encode once, write to many.
 */
export function encodeWebSocketFrame(opcode: Opcode, payload: Uint8Array, mask?: number): Uint8Array {
  const headerLength = webSocketHeaderLength(payload.length, mask !== undefined);
  const frame = new Uint8Array(headerLength + payload.length);
  writeWebSocketHeader(frame, 0, opcode, payload.length, mask);
  frame.set(payload, headerLength);
  if (mask !== undefined) applyMask(frame, headerLength, frame.length, mask);
  return frame;
}

/** The bytes of one text message; as `encodeWebSocketFrame`, without a copy of the text in between. */
export function encodeWebSocketText(text: string, mask?: number): Uint8Array {
  const length = utf8Length(text);
  const headerLength = webSocketHeaderLength(length, mask !== undefined);
  const frame = new Uint8Array(headerLength + length);
  writeWebSocketHeader(frame, 0, OPCODE.text, length, mask);
  encodeUtf8Into(text, frame, headerLength);
  if (mask !== undefined) applyMask(frame, headerLength, frame.length, mask);
  return frame;
}

function writeUint32(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
  return at + 4;
}
