/** Some entries that were written one after the other. */
interface Piece {
  /** The offset before the first, and that of the last. */
  readonly after: number;
  readonly last: number;
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
  readonly #pieces: Piece[] = [];
  /** The piece that is not complete. */
  #openAfter = 0;
  #openMessages = 0;
  #openBytes = 0;

  /** Entries after one offset, up to another, have been written. */
  add(after: number, last: number, messages: number, bytes: number, windowMessages: number, windowBytes: number): void {
    if (this.#openMessages === 0) this.#openAfter = after;
    this.messages += messages;
    this.bytes += bytes;
    this.#openMessages += messages;
    this.#openBytes += bytes;
    if (this.#openMessages * PIECES < windowMessages && this.#openBytes * PIECES < windowBytes) return;
    this.#complete(last);
  }

  /** Everything up to `offset` is acknowledged, of what was written up to `cursor`. */
  release(offset: number, cursor: number): void {
    if (offset >= cursor) this.clear();
    for (let piece = this.#pieces[0]; piece !== undefined && piece.last <= offset; piece = this.#pieces[0]) {
      this.#pieces.shift();
      this.#forget(piece);
    }
  }

  /** What was written after `offset`, up to `cursor`, did not arrive. Of the piece that was cut, all counts as arrived. */
  rewind(offset: number, cursor: number): void {
    if (this.#openMessages > 0) this.#complete(cursor);
    for (let piece = this.#pieces.at(-1); piece !== undefined && piece.last > offset; piece = this.#pieces.at(-1)) {
      this.#pieces.pop();
      if (piece.after >= offset) {
        this.#forget(piece);
      } else {
        this.#pieces.push({ ...piece, last: offset });
      }
    }
  }

  /** Nothing is on its way any more. */
  clear(): void {
    this.messages = 0;
    this.bytes = 0;
    this.#pieces.length = 0;
    this.#openMessages = 0;
    this.#openBytes = 0;
  }

  #complete(last: number): void {
    this.#pieces.push({ after: this.#openAfter, last, messages: this.#openMessages, bytes: this.#openBytes });
    this.#openMessages = 0;
    this.#openBytes = 0;
  }

  #forget(piece: Piece): void {
    this.messages -= piece.messages;
    this.bytes -= piece.bytes;
  }
}
