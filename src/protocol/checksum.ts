/**
 * The CRC-32 of `bytes`, going on from the one `before` them: `crc32` without its tables, bit by bit.
 *
 * Clients check what they sent, once a message. That is worth neither 8 KiB of memory nor the code that fills it.
 */
export function checksum(bytes: Uint8Array, before: number): number {
  let crc = ~before;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 8; bit > 0; bit--) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
