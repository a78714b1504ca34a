import { Queue } from "./queue.ts";

/** One message that the peer has not acknowledged. */
export interface SentMessage {
  readonly sequence: number;
  readonly flags: number;
  readonly repliesTo: number;
  readonly payload: string | Uint8Array;
  readonly byteLength: number;
}

/** The numbers and the unacknowledged messages of the stream that this side sends. */
export class SendStream<Sent extends SentMessage = SentMessage> {
  /** The number of the last message accepted; 0 before the first. */
  last = 0;
  /** The highest number that the peer acknowledged. */
  acknowledged = 0;
  /** Bytes of payload in the window: accepted, not acknowledged. */
  bytes = 0;
  readonly #unacknowledged = new Queue<Sent>();

  /** Messages in the window. */
  get length(): number {
    return this.#unacknowledged.length;
  }

  push(message: Sent): void {
    this.last = message.sequence;
    this.bytes += message.byteLength;
    this.#unacknowledged.push(message);
  }

  /** The unacknowledged message with this number. */
  get(sequence: number): Sent | undefined {
    return this.#unacknowledged.at(sequence - this.acknowledged - 1);
  }

  /** Releases everything up to `sequence`; the caller has checked that it was sent. */
  acknowledge(sequence: number): void {
    while (this.acknowledged < sequence) {
      const message = this.#unacknowledged.shift();
      if (message !== undefined) this.bytes -= message.byteLength;
      this.acknowledged += 1;
    }
  }

  /** Numbers on from `sequence`, as if that had been sent and acknowledged (a revived session). */
  startAfter(sequence: number): void {
    this.last = sequence;
    this.acknowledged = sequence;
  }

  /** What the peer has not acknowledged, oldest first. */
  unacknowledged(): Sent[] {
    return [...this.#unacknowledged];
  }
}
