/** 2^53 - 1, the largest integer on the wire, at seven bits a byte. */
export const LONGEST_VARINT_BYTES = 8;

/** How many bytes `value` takes as a varint in its shortest form. */
export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** Writes `value`, an integer of 0 to 2^53 - 1, at `at`, where there is room for it; returns where it ends. */
export function putVarint(value: number, bytes: Uint8Array, at: number): number {
  let rest = value;
  // Shifts work on 32 bits: what is above goes by division.
  while (rest > 0x7fff_ffff) {
    bytes[at++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  while (rest >= 0x80) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
