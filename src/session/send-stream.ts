import { MessageFlag } from "../protocol/frames/message.ts";
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
  /** Bytes of payload that are kept: accepted, not acknowledged. */
  bytes = 0;
  /** The replies among what is kept, and their bytes. No window bounds them. */
  replies = 0;
  replyBytes = 0;
  /** In order; of replies that were forgotten, the numbers are missing. */
  readonly #kept = new Queue<Sent>();

  /** Numbers in the window: accepted, not acknowledged. */
  get length(): number {
    return this.last - this.acknowledged;
  }

  push(message: Sent): void {
    this.last = message.sequence;
    this.#kept.push(message);
    this.#count(message, 1);
  }

  /** Adds a message to what is kept (1), or takes it away (-1). */
  #count(message: Sent, sign: 1 | -1): void {
    this.bytes += sign * message.byteLength;
    if (!isReply(message)) return;
    this.replies += sign;
    this.replyBytes += sign * message.byteLength;
  }

  /** The message with this number, if it is kept. */
  get(sequence: number): Sent | undefined {
    const place = sequence - this.acknowledged - 1;
    return this.#kept.length === this.length ? this.#kept.at(place) : this.#find(sequence, place);
  }

  /** Its place is `most`, or before that by as many as were forgotten. */
  #find(sequence: number, most: number): Sent | undefined {
    let low = 0;
    let high = Math.min(most, this.#kept.length - 1);
    while (low <= high) {
      const middle = (low + high) >> 1;
      const message = this.#kept.at(middle);
      if (message === undefined || message.sequence === sequence) return message;
      if (message.sequence < sequence) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }

  /** Bytes of what is kept up to this number, and is no reply. */
  windowBytesUpTo(sequence: number): number {
    let bytes = 0;
    for (const message of this.#kept) {
      if (message.sequence > sequence) break;
      if (!isReply(message)) bytes += message.byteLength;
    }
    return bytes;
  }

  /** Releases everything up to `sequence`; the caller has checked that it was sent. */
  acknowledge(sequence: number): void {
    if (sequence <= this.acknowledged) return;
    this.acknowledged = sequence;
    for (let next = this.#kept.at(0); next !== undefined && next.sequence <= sequence; next = this.#kept.at(0)) {
      this.#kept.shift();
      this.#count(next, -1);
    }
  }

  /** Forgets the replies up to `sequence`: they have arrived, and were of use on arrival only. */
  forgetReplies(sequence: number): void {
    const kept = [...this.#kept];
    this.#kept.clear();
    for (const message of kept) {
      if (message.sequence <= sequence && isReply(message)) this.#count(message, -1);
      else this.#kept.push(message);
    }
  }

  /** Numbers on from `sequence`, as if that had been sent and acknowledged (a revived session). */
  startAfter(sequence: number): void {
    this.last = sequence;
    this.acknowledged = sequence;
  }

  /** What the peer has not acknowledged and may need again, oldest first. */
  unacknowledged(): Sent[] {
    return [...this.#kept];
  }
}

function isReply(message: SentMessage): boolean {
  return (message.flags & MessageFlag.isReply) !== 0;
}
