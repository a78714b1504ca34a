import type { PageLimit } from "../broker/broker.ts";
import type { RoomSession } from "../runtime/ports.ts";
import { BATCH_LIMIT, type Batch } from "./batch.ts";
import { Flight } from "./flight.ts";

/** The most of a window that several entries may take at once: see `Flight`. */
const PART = 1 / 4;

/** How much one framed member may be given before its client acknowledges: a stream's window, and the session's. */
export class Window {
  readonly #session: RoomSession;
  readonly #flight = new Flight();

  constructor(session: RoomSession) {
    this.#session = session;
  }

  /** Whether there is room for a batch. An empty window admits an entry of any size. */
  admits({ messages, bytes }: Batch): boolean {
    const { windowMessages, windowBytes } = this.#session;
    const flight = this.#flight;
    if (messages > 1 && (messages > windowMessages * PART || bytes > windowBytes * PART)) return false;
    if (flight.messages > 0 && (flight.messages + messages > windowMessages || flight.bytes + bytes > windowBytes)) {
      return false;
    }
    return this.#session.admitsRoomBytes(bytes);
  }

  /** What a page may hold: what a batch may, and no more than there is room for. One entry is always worth a try. */
  get pageLimit(): PageLimit {
    const { windowMessages, windowBytes } = this.#session;
    const { messages, bytes } = this.#flight;
    const part = Math.floor(windowMessages * PART);
    return {
      entries: Math.max(1, Math.min(BATCH_LIMIT.entries, part, windowMessages - messages)),
      bytes: Math.min(BATCH_LIMIT.bytes, windowBytes * PART, windowBytes - bytes),
    };
  }

  /** A batch was written, to a client that was at `after`. */
  add(after: number, { last, messages, bytes }: Batch): void {
    const { windowMessages, windowBytes } = this.#session;
    this.#flight.add(after, last, messages, bytes, windowMessages, windowBytes);
    this.#session.countRoomBytes(bytes);
  }

  // Each of these may make room for other rooms of the session, which then go on at once.

  release(offset: number, cursor: number): void {
    const before = this.#flight.bytes;
    this.#flight.release(offset, cursor);
    this.#tell(before);
  }

  rewind(offset: number, cursor: number): void {
    const before = this.#flight.bytes;
    this.#flight.rewind(offset, cursor);
    this.#tell(before);
  }

  clear(): void {
    const before = this.#flight.bytes;
    this.#flight.clear();
    this.#tell(before);
  }

  #tell(before: number): void {
    const released = before - this.#flight.bytes;
    if (released > 0) this.#session.countRoomBytes(-released);
  }
}
