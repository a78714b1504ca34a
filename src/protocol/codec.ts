/**
 * Turns the bytes of one direction of one connection into whole units (lines, WebSocket messages, frames).
 *
 * The contract, which `test/contract/codec.test.ts` holds every codec to:
 *
 * 1. Any chunking of the same bytes gives the same units.
 * 2. `push` and `next` throw nothing but `ProtocolError`; afterwards the codec is spent, and the connection is to end.
 * 3. A codec holds at most its limit of bytes of an unfinished unit, and allocates in proportion to what has arrived,
 *    never to what a peer announced.
 * 4. The bytes pushed belong to the codec: units may be views of them, and it may write to them (WebSocket unmasks in
 *    place). The caller neither reads nor writes them again.
 */
export interface Codec<Unit> {
  /** Hands over the bytes that arrived next. */
  push(bytes: Uint8Array): void;
  /** Takes the next whole unit; `undefined` says that more bytes are needed. */
  next(): Unit | undefined;
  /** Says that no more bytes will come; throws `ProtocolError` when they end in the middle of a unit. */
  end(): void;
}
