// Below this, making a view of words costs more than the words save.
const WORDWISE_BYTES = 128;

// A word in the machine's own byte order, whichever that is.
const scratchBytes = new Uint8Array(4);
const scratchWord = new Int32Array(scratchBytes.buffer);

/**
 * Masks or unmasks `bytes` from `start` to `end` in place; the two are the same XOR (RFC 6455 §5.3).
 *
 * `mask` is 32 bits, its first byte on the wire the highest. It applies from its first byte on: for the later part of
 * a payload, turn it with `rotateMask`. Returns whether every byte that came out is ASCII: known here for nothing,
 * it spares text a second pass.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, mask: number): boolean {
  if (end - start < WORDWISE_BYTES) return isAscii(maskBytewise(bytes, start, end, mask));
  const wordsStart = start + (-(bytes.byteOffset + start) & 3);
  const wordsEnd = end - ((end - wordsStart) & 15);
  const turned = rotateMask(mask, wordsStart - start);
  const lead = maskBytewise(bytes, start, wordsStart, mask);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + wordsStart, (wordsEnd - wordsStart) >>> 2);
  const middle = maskWordwise(words, toMachineOrder(turned));
  const tail = maskBytewise(bytes, wordsEnd, end, turned);
  return isAscii(lead | middle | tail);
}

/** The mask as it applies after `count` bytes of the payload. */
export function rotateMask(mask: number, count: number): number {
  const bits = 8 * (count & 3);
  return (mask << bits) | (mask >>> (32 - bits));
}

/** Four words at a time; returns the OR of them all. */
function maskWordwise(words: Int32Array, mask: number): number {
  let union = 0;
  for (let i = 0; i < words.length; i += 4) {
    const first = (words[i] as number) ^ mask;
    const second = (words[i + 1] as number) ^ mask;
    const third = (words[i + 2] as number) ^ mask;
    const fourth = (words[i + 3] as number) ^ mask;
    words[i] = first;
    words[i + 1] = second;
    words[i + 2] = third;
    words[i + 3] = fourth;
    union |= first | second | third | fourth;
  }
  return union;
}

/** Returns the OR of all bytes that came out, as if they were words. */
function maskBytewise(bytes: Uint8Array, start: number, end: number, mask: number): number {
  const firstMask = mask >>> 24;
  const secondMask = (mask >>> 16) & 0xff;
  const thirdMask = (mask >>> 8) & 0xff;
  const fourthMask = mask & 0xff;
  let union = 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    const first = (bytes[i] as number) ^ firstMask;
    const second = (bytes[i + 1] as number) ^ secondMask;
    const third = (bytes[i + 2] as number) ^ thirdMask;
    const fourth = (bytes[i + 3] as number) ^ fourthMask;
    bytes[i] = first;
    bytes[i + 1] = second;
    bytes[i + 2] = third;
    bytes[i + 3] = fourth;
    union |= first | second | third | fourth;
  }
  for (let turned = mask; i < end; i++, turned <<= 8) {
    const byte = (bytes[i] as number) ^ (turned >>> 24);
    bytes[i] = byte;
    union |= byte;
  }
  return union;
}

function isAscii(union: number): boolean {
  return (union & 0x8080_8080) === 0;
}

function toMachineOrder(mask: number): number {
  scratchBytes[0] = mask >>> 24;
  scratchBytes[1] = mask >>> 16;
  scratchBytes[2] = mask >>> 8;
  scratchBytes[3] = mask;
  return scratchWord[0] as number;
}
