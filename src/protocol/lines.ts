import type { Codec } from "./codec.ts";
import { ProtocolError } from "./protocol-error.ts";

/** How a message ended on a plain connection; replies mirror it. */
export type LineEnding = "\n" | "\r\n" | "";

/** One message of a plain connection. */
export interface Line {
  readonly text: string;
  readonly ending: LineEnding;
}

const LF = 0x0a;
const CR = 0x0d;
const NOTHING = new Uint8Array(0);

// Whole messages are decoded, never chunks, so a character cut by the network is whole again. A byte order mark is text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Plain lines: UTF-8 text in messages that end at LF or CRLF.
 *
 * For a client that sends no newline the owner of the connection watches `partial`: when it is true and nothing has
 * come for `quietMs`, `takePartial` is the message. After `end`, `next` gives an unfinished rest as the last message:
 * half a line is no error here. Rules: `docs/protocol.md`, Plain lines.
 */
export class LineCodec implements Codec<Line> {
  readonly #maxLineBytes: number;
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  /** No newline stands between `#start` and here. */
  #scanned = 0;
  /** Whether `#bytes` is our own copy, with room behind `#end` to write to. */
  #owned = false;
  #sawNewline = false;
  #ended = false;
  /** How much `takePartial` once found cut inside a character or a CRLF; it is patient only once. */
  #cutAt = 0;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (this.#end === 0) {
      this.#bytes = bytes;
      this.#end = bytes.length;
      return;
    }
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** Takes the next line; lines behind it in the same chunk stay bytes until they are asked for. */
  next(): Line | undefined {
    const newline = this.#findNewline();
    if (newline === -1) return this.#nextUnfinished();
    this.#sawNewline = true;
    const crlf = newline > this.#start && this.#bytes[newline - 1] === CR;
    const textEnd = crlf ? newline - 1 : newline;
    this.#checkLength(textEnd);
    return this.#take(textEnd, newline + 1, crlf ? "\r\n" : "\n");
  }

  end(): void {
    this.#ended = true;
  }

  /** Whether unfinished bytes are held that would be a message if nothing more came for `quietMs`. */
  get partial(): boolean {
    return !this.#sawNewline && this.#start < this.#end;
  }

  /**
   * Takes what has arrived as a message, for a client that sends no newline. Call it after `quietMs` of silence, once
   * `next` had no more.
   *
   * Bytes that end inside a character or between CR and LF are given one more `quietMs`: `undefined` while `partial`
   * is still true asks for that.
   */
  takePartial(): Line | undefined {
    if (!this.partial) return undefined;
    const length = this.#end - this.#start;
    if (length !== this.#cutAt && this.#isCut()) {
      this.#cutAt = length;
      return undefined;
    }
    return this.#take(this.#end, this.#end, "");
  }

  #nextUnfinished(): Line | undefined {
    if (this.#start === this.#end) return undefined;
    // A CR at the very end may belong to the line's ending.
    this.#checkLength(this.#bytes[this.#end - 1] === CR ? this.#end - 1 : this.#end);
    if (this.#ended) return this.#take(this.#end, this.#end, "");
    // Else three bytes left over would keep the whole chunk in memory for as long as the connection is idle.
    if (!this.#owned) this.#makeRoom(0);
    return undefined;
  }

  #findNewline(): number {
    // A view, since the room behind `#end` would be searched again with every byte that comes alone.
    const searched = this.#owned ? this.#bytes.subarray(0, this.#end) : this.#bytes;
    const newline = searched.indexOf(LF, this.#scanned);
    if (newline === -1) this.#scanned = this.#end;
    return newline;
  }

  #checkLength(textEnd: number): void {
    if (textEnd - this.#start <= this.#maxLineBytes) return;
    throw new ProtocolError(`line longer than ${this.#maxLineBytes} bytes`, "Plain lines", "message-too-big");
  }

  #take(textEnd: number, nextStart: number, ending: LineEnding): Line {
    const text = decoder.decode(this.#bytes.subarray(this.#start, textEnd));
    this.#start = nextStart;
    this.#scanned = nextStart;
    this.#cutAt = 0;
    if (nextStart === this.#end) this.#clear();
    return { text, ending };
  }

  #clear(): void {
    this.#bytes = NOTHING;
    this.#owned = false;
    this.#start = this.#scanned = this.#end = 0;
  }

  #makeRoom(extra: number): void {
    const length = this.#end - this.#start;
    if (this.#owned && this.#end + extra <= this.#bytes.length) return;
    const grown = new Uint8Array(extra === 0 ? length : 2 * (length + extra));
    grown.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = grown;
    this.#scanned -= this.#start;
    this.#start = 0;
    this.#end = length;
    this.#owned = true;
  }

  #isCut(): boolean {
    const last = this.#bytes[this.#end - 1] as number;
    if (last === CR) return true;
    if (last < 0x80) return false;
    // Find the lead byte of the last character, at most four back, and see whether it promises more than is there.
    for (let back = 1; back <= 4 && this.#end - back >= this.#start; back++) {
      const byte = this.#bytes[this.#end - back] as number;
      if (byte < 0x80) return false;
      if (byte >= 0xc2) return back < (byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : byte < 0xf5 ? 4 : 0);
    }
    return false;
  }
}
