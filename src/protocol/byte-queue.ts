const NOTHING = new Uint8Array(0);

/** A copy so many times longer than what is left in it is worth copying again. */
const SPARSE = 8;

/**
 * The bytes of one direction that a codec has not consumed yet, as one run: `bytes` from `start` to `end`.
 *
 * A codec moves `start` as it consumes. A chunk that arrives while nothing is left over is used as it is, so bytes
 * are copied only around a unit that the network has cut.
 */
export class ByteQueue {
  bytes: Uint8Array = NOTHING;
  start = 0;
  end = 0;
  /** Whether `bytes` is a copy of our own. */
  #owned = false;

  get length(): number {
    return this.end - this.start;
  }

  push(chunk: Uint8Array): void {
    if (this.start === this.end) {
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      this.#owned = false;
    } else {
      // Only a copy of our own has room behind its end; somebody's chunk never does.
      if (this.end + chunk.length > this.bytes.length) this.#move(2 * (this.length + chunk.length));
      this.bytes.set(chunk, this.end);
      this.end += chunk.length;
    }
  }

  /**
   * Settles down to wait for more: keeps memory in proportion to what is left over.
   *
   * Otherwise three bytes would keep the 64 KiB chunk that they came in for as long as the connection is idle.
   */
  settle(): void {
    if (this.start === this.end) {
      this.bytes = NOTHING;
      this.start = this.end = 0;
      this.#owned = false;
    } else if (!this.#owned || this.bytes.length > SPARSE * this.length) {
      this.#move(this.length);
    }
  }

  #move(capacity: number): void {
    const moved = new Uint8Array(capacity);
    moved.set(this.bytes.subarray(this.start, this.end));
    this.end -= this.start;
    this.start = 0;
    this.bytes = moved;
    this.#owned = true;
  }
}
