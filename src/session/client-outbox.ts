import { checksum } from "../protocol/checksum.ts";

/** A message that the server has not acknowledged. */
export interface UnacknowledgedMessage {
  readonly flags: number;
  readonly repliesTo: number;
  readonly payload: Uint8Array;
}

/** What a client has sent and its server has not acknowledged, and the checksums that OPENED is checked against. */
export class ClientOutbox {
  /** The highest number that the server acknowledged. */
  acked = 0;
  /** What was sent since, oldest first. */
  messages: readonly UnacknowledgedMessage[] = [];
  /** Bytes of their payloads. */
  bytes = 0;
  /** CRC-32 of the payloads up to the last one acknowledged. */
  checksum = 0;

  /** The number of the last message accepted; 0 before the first. */
  get last(): number {
    return this.acked + this.messages.length;
  }

  push(message: UnacknowledgedMessage): void {
    (this.messages as UnacknowledgedMessage[]).push(message);
    this.bytes += message.payload.length;
  }

  /** Releases everything up to `sequence`, which is not above the last. */
  acknowledge(sequence: number): void {
    if (sequence <= this.acked) return;
    this.checksum = this.checksumAt(sequence);
    const released = (this.messages as UnacknowledgedMessage[]).splice(0, sequence - this.acked);
    for (const { payload } of released) this.bytes -= payload.length;
    this.acked = sequence;
  }

  /** CRC-32 of the payloads up to this message, which is not below the acknowledged. */
  checksumAt(sequence: number): number {
    return this.messages
      .slice(0, sequence - this.acked)
      .reduce((before, { payload }) => checksum(payload, before), this.checksum);
  }
}
