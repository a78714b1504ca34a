import { ProtocolError } from "./protocol-error.ts";

/** Reads an integer of 0 to 2^53 - 1, LEB128 in its shortest form. */
export function readVarint(reader: { byte(): number }): number {
  let value = 0;
  let scale = 1;
  let byte: number;
  do {
    byte = reader.byte();
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
  } while (byte > 0x7f && scale < 2 ** 63);
  // One that does not end has a ninth byte: it is too large by that, or has zeros at its end.
  if (!Number.isSafeInteger(value) || ((byte & 0x7f) === 0 && scale > 0x80))
    throw new ProtocolError("Integer above 2^53 - 1, or not in its shortest form", "§5.1");
  return value;
}
