import { ByteReader } from "../bytes.ts";

/** Above this, a batch of frames goes as several WebSocket messages. */
const MOST_BATCH_BYTES = 65_536;

/**
 * Cuts a batch of frames into what one WebSocket message should carry: whole frames, of 64 KiB together at most. A longer
 * frame goes alone.
 *
 * A WebSocket message counts only when all of it has arrived. With a whole window in one, a line that breaks before the end
 * would begin again for ever; in pieces, it comes further each time.
 */
export function* wholeFrames(batch: Uint8Array<ArrayBuffer>): Iterable<Uint8Array<ArrayBuffer>> {
  let start = 0;
  if (batch.length > MOST_BATCH_BYTES) {
    const reader = new ByteReader(batch);
    for (let end = 0; reader.remaining > 0; end = reader.position) {
      reader.bytes(reader.varint());
      if (end > start && reader.position - start > MOST_BATCH_BYTES) {
        yield batch.subarray(start, end);
        start = end;
      }
    }
  }
  yield batch.subarray(start);
}
