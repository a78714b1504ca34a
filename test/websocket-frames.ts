/** A frame as nobody should need to write it: every field as the test likes, right or wrong. */
export interface RawFrame {
  readonly opcode: number;
  readonly payload?: Uint8Array | string;
  readonly final?: boolean;
  /** The three reserved bits, as a number of 0 to 7. */
  readonly reserved?: number;
  /** 32 bits; none for a frame that is not masked. */
  readonly mask?: number | undefined;
  /** How the length is written: 7, 16 or 64 bits; the shortest that fits if not given. */
  readonly lengthBits?: 7 | 16 | 64;
  /** The length to announce, when it is not the payload's own. */
  readonly announced?: bigint;
}

/** The mask of `clientFrame`. */
export const MASK = 0x9d_3a_51_f2;

/** A frame as a client sends it. */
export function clientFrame(frame: RawFrame): Uint8Array {
  return rawFrame({ mask: MASK, ...frame });
}

/** The bytes of a frame, written apart from the codec's own writer, straight from RFC 6455 §5.2. */
export function rawFrame({ opcode, payload = "", final = true, reserved = 0, mask, ...length }: RawFrame): Uint8Array {
  const bytes = Buffer.from(typeof payload === "string" ? Buffer.from(payload) : payload);
  const announced = length.announced ?? BigInt(bytes.length);
  const bits = length.lengthBits ?? (announced < 126n ? 7 : announced < 65_536n ? 16 : 64);
  const maskedBit = mask === undefined ? 0 : 0x80;
  const header = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  header[0] = (final ? 0x80 : 0) | (reserved << 4) | opcode;
  header[1] = maskedBit | (bits === 7 ? Number(announced) : bits === 16 ? 126 : 127);
  if (bits === 16) header.writeUInt16BE(Number(announced), 2);
  if (bits === 64) header.writeBigUInt64BE(announced, 2);
  if (mask === undefined) return Uint8Array.from(Buffer.concat([header, bytes]));
  const maskBytes = Buffer.alloc(4);
  maskBytes.writeUInt32BE(mask >>> 0);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (maskBytes[i % 4] ?? 0);
  return Uint8Array.from(Buffer.concat([header, maskBytes, bytes]));
}
