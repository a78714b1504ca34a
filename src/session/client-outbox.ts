import { crc32 } from "../protocol/crc32.ts";
import { SendStream, type SentMessage } from "./send-stream.ts";

/** A message with the checksum of everything up to it, by which a server tells a client from its copy. */
interface ClientSentMessage extends SentMessage {
  readonly payload: Uint8Array;
  checksum: number;
}

/** What is stored of an outbox. */
export interface OutboxSnapshot {
  readonly acknowledged: number;
  readonly checksum: number;
  readonly outbox: readonly { readonly flags: number; readonly repliesTo: number; readonly payload: Uint8Array }[];
}

/** The stream that a client sends, with the checksums that OPENED is checked against. */
export class ClientOutbox extends SendStream<ClientSentMessage> {
  #acknowledgedChecksum = 0;

  override push(message: SentMessage): void {
    const payload = typeof message.payload === "string" ? new TextEncoder().encode(message.payload) : message.payload;
    const checksum = crc32(payload, 0, payload.byteLength, this.checksumAt(this.last));
    super.push({ ...message, payload, checksum });
  }

  override acknowledge(sequence: number): void {
    this.#acknowledgedChecksum = this.checksumAt(sequence);
    super.acknowledge(sequence);
  }

  /** CRC-32 of the payloads up to this message, which is not below the acknowledged. */
  checksumAt(sequence: number): number {
    return this.get(sequence)?.checksum ?? this.#acknowledgedChecksum;
  }

  /** A new, or a revived, session counts its checksums from what is not acknowledged. */
  restartChecksums(): void {
    this.#acknowledgedChecksum = 0;
    let checksum = 0;
    for (const message of this.unacknowledged()) {
      checksum = crc32(message.payload, 0, message.payload.byteLength, checksum);
      message.checksum = checksum;
    }
  }

  snapshot(): OutboxSnapshot {
    return {
      acknowledged: this.acknowledged,
      checksum: this.#acknowledgedChecksum,
      outbox: this.unacknowledged().map(({ flags, repliesTo, payload }) => ({ flags, repliesTo, payload })),
    };
  }

  restore(snapshot: OutboxSnapshot): void {
    this.startAfter(snapshot.acknowledged);
    this.#acknowledgedChecksum = snapshot.checksum;
    for (const { flags, repliesTo, payload } of snapshot.outbox) {
      this.push({ sequence: this.last + 1, flags, repliesTo, payload, byteLength: payload.byteLength });
    }
  }
}
