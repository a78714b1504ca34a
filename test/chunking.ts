import fc from "fast-check";

/** Where to cut a run of bytes, as fractions of its length, so that one list serves runs of any length. */
export const cuts: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constant([]),
  fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
);

/** Copies of the parts of `bytes` between the cuts; copies, since a codec may write to what it is given. */
export function cutAt(bytes: Uint8Array, fractions: readonly number[]): Uint8Array[] {
  const ends = fractions.map((fraction) => Math.round(fraction * bytes.length)).sort((a, b) => a - b);
  const chunks: Uint8Array[] = [];
  let start = 0;
  for (const end of [...ends, bytes.length]) {
    chunks.push(Uint8Array.from(bytes.subarray(start, end)));
    start = end;
  }
  return chunks;
}

/** Every byte of `bytes` as a chunk of its own. */
export function cutEverywhere(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (byte) => Uint8Array.of(byte));
}
