interface Mark {
  readonly offset: number;
  readonly messages: number;
  readonly bytes: number;
}

/** A window is released in about so many pieces. */
const PIECES = 8;

/**
 * What was written to one member and is not acknowledged.
 *
 * A few numbers, however much that is: entries are counted in pieces of an eighth of the window, and an acknowledgement
 * releases the pieces that it covers whole. A client acknowledges at half a window, so the one piece that it may have
 * covered in part never keeps the window shut.
 */
export class Flight {
  messages = 0;
  bytes = 0;
  #marks: Mark[] = [];
  /** The piece that is not complete. */
  #openMessages = 0;
  #openBytes = 0;

  /** Entries that end at `offset` have been written. */
  add(offset: number, messages: number, bytes: number, windowMessages: number, windowBytes: number): void {
    this.messages += messages;
    this.bytes += bytes;
    this.#openMessages += messages;
    this.#openBytes += bytes;
    if (this.#openMessages * PIECES < windowMessages && this.#openBytes * PIECES < windowBytes) return;
    this.#closePiece(offset);
  }

  /** Everything up to `offset` is acknowledged, of what was written up to `cursor`. */
  release(offset: number, cursor: number): void {
    if (offset >= cursor) this.clear();
    for (let mark = this.#marks[0]; mark !== undefined && mark.offset <= offset; mark = this.#marks[0]) {
      this.#marks.shift();
      this.messages -= mark.messages;
      this.bytes -= mark.bytes;
    }
  }

  /** What was written after `offset` did not arrive and will be written again. */
  rewind(offset: number): void {
    if (this.messages === 0) return;
    if (this.#openMessages > 0) this.#closePiece(Number.POSITIVE_INFINITY);
    const cut = this.#marks.findIndex((mark) => mark.offset > offset);
    if (cut === -1) return;
    // Of the piece that was cut, nobody knows how much arrived: it counts whole.
    const { messages, bytes } = this.#marks[cut] as Mark;
    for (const mark of this.#marks.splice(cut)) {
      this.messages -= mark.messages;
      this.bytes -= mark.bytes;
    }
    this.messages += messages;
    this.bytes += bytes;
    this.#marks.push({ offset, messages, bytes });
  }

  /** Nothing is on its way any more. */
  clear(): void {
    this.messages = 0;
    this.bytes = 0;
    this.#marks = [];
    this.#openMessages = 0;
    this.#openBytes = 0;
  }

  #closePiece(offset: number): void {
    this.#marks.push({ offset, messages: this.#openMessages, bytes: this.#openBytes });
    this.#openMessages = 0;
    this.#openBytes = 0;
  }
}
