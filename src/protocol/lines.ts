import { ByteQueue } from "./byte-queue.ts";
import type { Codec } from "./codec.ts";
import { ProtocolError } from "./protocol-error.ts";
import { decodeUtf8 } from "./text.ts";

/** How a message ended on a plain connection; replies mirror it. */
export type LineEnding = "\n" | "\r\n" | "";

/** One message of a plain connection. */
export interface Line {
  readonly text: string;
  readonly ending: LineEnding;
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Plain lines: UTF-8 text in messages that end at LF or CRLF.
 *
 * For a client that sends no newline the owner of the connection watches `partial`: when it is true and nothing has
 * come for `quietMs`, `takePartial` is the message. After `end`, `next` gives an unfinished rest as the last message:
 * half a line is no error here. Rules: `docs/protocol.md` §3.
 */
export class LineCodec implements Codec<Line> {
  readonly #maxLineBytes: number;
  readonly #queue = new ByteQueue();
  /** So many of the queue's bytes are known to hold no newline. */
  #scanned = 0;
  #sawNewline = false;
  #ended = false;
  /** How long the queue was when `takePartial` found it cut and was patient; it is so only once. */
  #patientAt = 0;

  /** A line of more than `maxLineBytes`, without its ending, is refused with `message-too-big`. */
  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** Takes the next line; lines behind it in the same chunk stay bytes until they are asked for. */
  next(): Line | undefined {
    const { bytes, start, end } = this.#queue;
    const newline = findNewline(bytes, start + this.#scanned, end);
    if (newline === -1) return this.#waitForNewline();
    this.#sawNewline = true;
    const crlf = newline > start && bytes[newline - 1] === CR;
    const textEnd = crlf ? newline - 1 : newline;
    this.#checkLength(textEnd - start);
    return this.#take(textEnd, newline + 1, crlf ? "\r\n" : "\n");
  }

  /** Says that no more bytes will come: `next` then gives an unfinished line too, with the ending `""`. */
  end(): void {
    this.#ended = true;
  }

  /** Whether unfinished bytes are held that would be a message if nothing more came for `quietMs`. */
  get partial(): boolean {
    return !this.#sawNewline && this.#queue.length > 0;
  }

  /**
   * Takes what has arrived as a message, for a client that sends no newline.
   *
   * Call it after `quietMs` of silence, when `next` had no more. Bytes that end within a character, or after a CR, are
   * given one more `quietMs`: that is what `undefined` means while `partial` is still true.
   */
  takePartial(): Line | undefined {
    if (!this.partial) return undefined;
    const { bytes, start, end, length } = this.#queue;
    if (length !== this.#patientAt && endsWithinCharacter(bytes, start, end)) {
      this.#patientAt = length;
      return undefined;
    }
    return this.#take(end, end, "");
  }

  #waitForNewline(): Line | undefined {
    const { bytes, end, length } = this.#queue;
    this.#scanned = length;
    if (this.#ended && length > 0) {
      this.#checkLength(length);
      return this.#take(end, end, "");
    }
    // A CR at the very end may belong to the line's ending.
    this.#checkLength(bytes[end - 1] === CR ? length - 1 : length);
    this.#queue.settle();
    return undefined;
  }

  #checkLength(length: number): void {
    if (length <= this.#maxLineBytes) return;
    throw new ProtocolError(`line longer than ${this.#maxLineBytes} bytes`, "§3.4", "message-too-big");
  }

  #take(textEnd: number, nextStart: number, ending: LineEnding): Line {
    const text = decodeUtf8(this.#queue.bytes, this.#queue.start, textEnd);
    this.#queue.start = nextStart;
    this.#scanned = 0;
    this.#patientAt = 0;
    return { text, ending };
  }
}

function findNewline(bytes: Uint8Array, from: number, end: number): number {
  // Within a view, since a queue's array may have room behind its end, to be searched again with every byte.
  return bytes.length === end ? bytes.indexOf(LF, from) : bytes.subarray(0, end).indexOf(LF, from);
}

/** Whether the bytes stop in the middle of a UTF-8 character, or between CR and LF. */
function endsWithinCharacter(bytes: Uint8Array, start: number, end: number): boolean {
  const last = bytes[end - 1] as number;
  if (last === CR) return true;
  for (let at = end - 1; at >= start && at >= end - 3; at--) {
    const byte = bytes[at] as number;
    if (byte < 0x80) return false;
    if (byte >= 0xc0) return end - at < (byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf8 ? 4 : 0);
  }
  return false;
}
