const encoder = new TextEncoder();
// A byte order mark is text: what one side sends is what the other receives.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What Node's `Buffer` has, if there is one. `utf8Slice` works on any `Uint8Array`. */
interface NodeText {
  byteLength(text: string): number;
  readonly prototype: { utf8Slice(this: Uint8Array, start: number, end: number): string };
}

// Decoding 64 bytes takes it half to three quarters of the time of TextDecoder. Encoding has no such advantage.
const { byteLength, prototype } = (globalThis as { Buffer?: Partial<NodeText> }).Buffer ?? {};
const utf8Slice = prototype?.utf8Slice;

/** Up to these lengths, a loop over ASCII beats a call out of JavaScript. */
const SHORT_TEXT_CHARACTERS = 24;
const SHORT_TEXT_BYTES = 8;

/**
 * Writes `text` as UTF-8 into `target` from `at` on, and returns where it ends.
 *
 * Lone surrogates become U+FFFD. The target must have room for `utf8Length(text)` bytes.
 */
export function encodeUtf8Into(text: string, target: Uint8Array, at: number): number {
  if (text.length <= SHORT_TEXT_CHARACTERS) {
    let index = 0;
    for (; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      target[at + index] = unit;
    }
    if (index === text.length) return at + index;
  }
  return at + encoder.encodeInto(text, target.subarray(at)).written;
}

/** How many bytes `text` takes as UTF-8; a lone surrogate takes the three of U+FFFD. */
export function utf8Length(text: string): number {
  if (byteLength !== undefined && text.length > SHORT_TEXT_CHARACTERS) return byteLength(text);
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) {
      bytes += 1;
    } else {
      bytes += 2;
      if (isHighSurrogate(unit) && isLowSurrogate(text.charCodeAt(index + 1))) index++;
    }
  }
  return bytes;
}

/** The text in `bytes` from `start` to `end`; bytes that are not UTF-8 become U+FFFD, and a byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT_TEXT_BYTES) {
    let text = "";
    let index = start;
    for (; index < end; index++) {
      const byte = bytes[index] as number;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (index === end) return text;
  }
  if (utf8Slice !== undefined) return utf8Slice.call(bytes, start, end);
  return decoder.decode(bytes.subarray(start, end));
}

const START = 0;
const ONE_MORE = 1;
const TWO_MORE = 2;
const THREE_MORE = 3;
const AFTER_E0 = 4;
const AFTER_ED = 5;
const AFTER_F0 = 6;
const AFTER_F4 = 7;
const INVALID = 8;

/** Well-formed UTF-8 (Unicode 15, table 3-7): in a state, a byte from the first to the second leads to the third. */
const TRANSITIONS: readonly (readonly (readonly [number, number, number])[])[] = [
  [
    [0x00, 0x7f, START],
    [0xc2, 0xdf, ONE_MORE],
    [0xe0, 0xe0, AFTER_E0],
    [0xe1, 0xec, TWO_MORE],
    [0xed, 0xed, AFTER_ED],
    [0xee, 0xef, TWO_MORE],
    [0xf0, 0xf0, AFTER_F0],
    [0xf1, 0xf3, THREE_MORE],
    [0xf4, 0xf4, AFTER_F4],
  ],
  [[0x80, 0xbf, START]],
  [[0x80, 0xbf, ONE_MORE]],
  [[0x80, 0xbf, TWO_MORE]],
  [[0xa0, 0xbf, ONE_MORE]], // after E0, else the character would fit into two bytes
  [[0x80, 0x9f, ONE_MORE]], // after ED, else it would be a surrogate
  [[0x90, 0xbf, TWO_MORE]], // after F0, else it would fit into three bytes
  [[0x80, 0x8f, TWO_MORE]], // after F4, else it would be above U+10FFFF
];

/** The same, as a table: the state that follows `state` and `byte` is at `256 * state + byte`. */
const NEXT_STATE = new Uint8Array(256 * TRANSITIONS.length).fill(INVALID);
for (const [state, ranges] of TRANSITIONS.entries()) {
  for (const [first, last, next] of ranges) NEXT_STATE.fill(next, 256 * state + first, 256 * state + last + 1);
}

/**
 * Checks UTF-8 as it arrives, in pieces cut anywhere.
 *
 * `push` tells at the first byte that no UTF-8 text can have there, as WebSocket wants it (RFC 6455 §8.1).
 */
export class Utf8Validator {
  #state = START;

  /** Whether the bytes so far are whole characters. */
  get complete(): boolean {
    return this.#state === START;
  }

  /** Takes the next bytes; false as soon as they cannot be UTF-8, and from then on until `reset`. */
  push(bytes: Uint8Array, start: number, end: number): boolean {
    let state = this.#state;
    let at = start;
    while (at < end && state !== INVALID) {
      const byte = bytes[at++] as number;
      if (state === START && byte < 0x80) at = skipAscii(bytes, at, end);
      else state = NEXT_STATE[256 * state + byte] as number;
    }
    this.#state = state;
    return state !== INVALID;
  }

  /** Forgets what came before: the next byte begins a new text. */
  reset(): void {
    this.#state = START;
  }
}

/** Four bytes at a time: most text is ASCII, and long runs of it. */
function skipAscii(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (
    at + 4 <= end &&
    ((bytes[at] as number) | (bytes[at + 1] as number) | (bytes[at + 2] as number) | (bytes[at + 3] as number)) < 0x80
  ) {
    at += 4;
  }
  return at;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
