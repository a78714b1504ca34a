import { checksum } from "../protocol/checksum.ts";

/** A message that the server has not acknowledged. */
interface UnacknowledgedMessage {
  readonly flags: number;
  readonly repliesTo: number;
  readonly payload: Uint8Array;
}

/** What is stored of an outbox. */
export interface OutboxSnapshot {
  readonly acknowledged: number;
  /** CRC-32 of the payloads up to the last one acknowledged. */
  readonly checksum: number;
  readonly outbox: readonly UnacknowledgedMessage[];
}

/** What a client has sent and its server has not acknowledged, and the checksums that OPENED is checked against. */
export class ClientOutbox {
  /** The highest number that the server acknowledged. */
  acknowledged = 0;
  /** What was sent since, oldest first. */
  messages: readonly UnacknowledgedMessage[] = [];
  /** Bytes of their payloads. */
  bytes = 0;
  /** Of everything acknowledged. */
  #checksum = 0;

  /** The number of the last message accepted; 0 before the first. */
  get last(): number {
    return this.acknowledged + this.messages.length;
  }

  push(message: UnacknowledgedMessage): void {
    (this.messages as UnacknowledgedMessage[]).push(message);
    this.bytes += message.payload.length;
  }

  /** Releases everything up to `sequence`, which is not above the last. */
  acknowledge(sequence: number): void {
    this.#checksum = this.checksumAt(sequence);
    const released = (this.messages as UnacknowledgedMessage[]).splice(0, sequence - this.acknowledged);
    for (const { payload } of released) this.bytes -= payload.length;
    this.acknowledged = sequence;
  }

  /** CRC-32 of the payloads up to this message, which is not below the acknowledged. */
  checksumAt(sequence: number): number {
    return this.messages
      .slice(0, sequence - this.acknowledged)
      .reduce((before, { payload }) => checksum(payload, before), this.#checksum);
  }

  /** A new, or a revived, session counts its checksums from what is not acknowledged. */
  restartChecksums(): void {
    this.#checksum = 0;
  }

  snapshot(): OutboxSnapshot {
    return { acknowledged: this.acknowledged, checksum: this.#checksum, outbox: [...this.messages] };
  }

  restore({ acknowledged, checksum, outbox }: OutboxSnapshot): void {
    this.acknowledged = acknowledged;
    this.#checksum = checksum;
    for (const message of outbox) this.push(message);
  }
}
