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
