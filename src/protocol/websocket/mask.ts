// Below this, making a view of words costs more than the words save.
const WORDWISE_BYTES = 64;

// A word in the machine's own byte order, whichever that is.
const scratchBytes = new Uint8Array(4);
const scratchWord = new Uint32Array(scratchBytes.buffer);

/**
 * Masks or unmasks `bytes` from `start` to `end` in place; the two are the same XOR (RFC 6455 §5.3).
 *
 * `mask` is 32 bits, its first byte on the wire the highest. It applies from its first byte on: for the later part of
 * a payload, turn it with `rotateMask`.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, mask: number): void {
  if (end - start < WORDWISE_BYTES) {
    applyMaskBytewise(bytes, start, end, mask);
    return;
  }
  const lead = -(bytes.byteOffset + start) & 3;
  const wordsStart = start + lead;
  const wordCount = (end - wordsStart) >>> 2;
  const wordsEnd = wordsStart + 4 * wordCount;
  const turned = rotateMask(mask, lead);
  applyMaskBytewise(bytes, start, wordsStart, mask);
  const word = toMachineOrder(turned);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + wordsStart, wordCount);
  for (let i = 0; i < wordCount; i++) words[i] = (words[i] as number) ^ word;
  applyMaskBytewise(bytes, wordsEnd, end, turned);
}

/** The mask as it applies after `count` bytes of the payload. */
export function rotateMask(mask: number, count: number): number {
  const bits = 8 * (count & 3);
  return (mask << bits) | (mask >>> (32 - bits));
}

function applyMaskBytewise(bytes: Uint8Array, start: number, end: number, mask: number): void {
  const first = mask >>> 24;
  const second = mask >>> 16;
  const third = mask >>> 8;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    bytes[i] = (bytes[i] as number) ^ first;
    bytes[i + 1] = (bytes[i + 1] as number) ^ second;
    bytes[i + 2] = (bytes[i + 2] as number) ^ third;
    bytes[i + 3] = (bytes[i + 3] as number) ^ mask;
  }
  if (i < end) bytes[i] = (bytes[i++] as number) ^ first;
  if (i < end) bytes[i] = (bytes[i++] as number) ^ second;
  if (i < end) bytes[i] = (bytes[i] as number) ^ third;
}

function toMachineOrder(mask: number): number {
  scratchBytes[0] = mask >>> 24;
  scratchBytes[1] = mask >>> 16;
  scratchBytes[2] = mask >>> 8;
  scratchBytes[3] = mask;
  return scratchWord[0] as number;
}
