import { ByteWriter } from "../bytes.ts";
import { utf8Length } from "../text.ts";
import { applyMask } from "./mask.ts";
import type { Opcode } from "./opcode.ts";

const FINAL_BIT = 0x80;
const MASKED_BIT = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;

/**
 * The bytes of one frame that carries a whole message, a ping or a pong.
 *
 * Without `mask` (a server's frame) the same bytes are right for every receiver: encode once, write to many.
 * A client gives 32 random bits as `mask`, new for each frame (RFC 6455 §5.3).
 */
export function encodeWebSocketFrame(opcode: Opcode, payload: string | Uint8Array, mask?: number): Uint8Array {
  const writer = new ByteWriter();
  writeWebSocketFrame(writer, opcode, payload, mask);
  return writer.take();
}

/** Appends a frame, as `encodeWebSocketFrame` makes it, to what is about to be sent. */
export function writeWebSocketFrame(
  writer: ByteWriter,
  opcode: Opcode,
  payload: string | Uint8Array,
  mask?: number,
): void {
  const length = typeof payload === "string" ? utf8Length(payload) : payload.length;
  writeWebSocketHeader(writer, opcode, length, mask);
  writer.payload(payload);
  if (mask === undefined) return;
  const written = writer.view();
  applyMask(written, written.length - length, written.length, mask);
}

/**
 * Appends the header of a frame whose payload follows in another way.
 *
 * With a `mask`, the payload is to be masked with it too (`applyMask`).
 */
export function writeWebSocketHeader(writer: ByteWriter, opcode: Opcode, payloadLength: number, mask?: number): void {
  const maskedBit = mask === undefined ? 0 : MASKED_BIT;
  writer.byte(FINAL_BIT | opcode);
  if (payloadLength < LENGTH_16) {
    writer.byte(maskedBit | payloadLength);
  } else if (payloadLength < 0x10000) {
    writer.byte(maskedBit | LENGTH_16);
    writer.byte(payloadLength >>> 8);
    writer.byte(payloadLength);
  } else {
    writer.byte(maskedBit | LENGTH_64);
    writeUint32(writer, Math.floor(payloadLength / 0x1_0000_0000));
    writeUint32(writer, payloadLength);
  }
  if (mask !== undefined) writeUint32(writer, mask);
}

function writeUint32(writer: ByteWriter, value: number): void {
  writer.byte(value >>> 24);
  writer.byte(value >>> 16);
  writer.byte(value >>> 8);
  writer.byte(value);
}
