import { Queue } from "./queue.ts";

/**
 * How far the record of a durable session has been committed. Nothing beyond it goes on the wire, or else a client could
 * be ahead of a server that was killed: append, record, wire.
 */
export class CommitHorizon {
  /** The highest number sent, and the highest one processed, that a committed record contains. */
  sent = 0;
  processed = 0;
  /** CRC-32 of the payloads 1..processed, and of those received since, one more each. */
  checksum = 0;
  readonly #later = new Queue<number>();

  startAfter(sent: number, processed: number, checksum: number): void {
    this.sent = sent;
    this.processed = processed;
    this.checksum = checksum;
  }

  commit(sent: number, processed: number): void {
    this.sent = Math.max(this.sent, sent);
    this.processed = Math.max(this.processed, processed);
  }

  /** The checksum of everything up to the message just received. */
  received(checksum: number): void {
    this.#later.push(checksum);
  }

  /** So many more messages are processed. */
  advance(count: number): void {
    for (let left = count; left > 0; left -= 1) this.checksum = this.#later.shift() ?? this.checksum;
  }
}
