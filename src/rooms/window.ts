import type { PageLimit } from "../broker/broker.ts";
import type { RoomSession } from "../runtime/ports.ts";
import { BATCH_LIMIT, type Batch } from "./batch.ts";
import { Flight } from "./flight.ts";

/** The most of a window that several entries may take at once: see `Flight`. */
const PART = 1 / 4;

/** How much one framed member may be given before its client acknowledges: a stream's window, and the session's. */
export class Window {
  readonly #session: RoomSession;
  /** None while nothing is on its way: an idle member costs a cursor. */
  #flight: Flight | undefined;

  constructor(session: RoomSession) {
    this.#session = session;
  }

  /** Whether there is room for a batch. An empty window admits an entry of any size. */
  admits({ messages, bytes }: Batch): boolean {
    const { windowMessages, windowBytes } = this.#session;
    if (messages > 1 && (messages > windowMessages * PART || bytes > windowBytes * PART)) return false;
    const flight = this.#flight;
    if (flight !== undefined && (flight.messages + messages > windowMessages || flight.bytes + bytes > windowBytes)) {
      return false;
    }
    return this.#session.admitsRoomBytes(bytes);
  }

  /** What a page may hold: what a batch may, and no more than there is room for. One entry is always worth a try. */
  get pageLimit(): PageLimit {
    const { windowMessages, windowBytes } = this.#session;
    const messagesLeft = windowMessages - (this.#flight?.messages ?? 0);
    const bytesLeft = windowBytes - (this.#flight?.bytes ?? 0);
    return {
      entries: Math.max(1, Math.min(BATCH_LIMIT.entries, Math.floor(windowMessages * PART), messagesLeft)),
      bytes: Math.min(BATCH_LIMIT.bytes, windowBytes * PART, bytesLeft),
    };
  }

  /** A batch was written, to a client that was at `after`. */
  add(after: number, { last, messages, bytes }: Batch): void {
    const { windowMessages, windowBytes } = this.#session;
    this.#flight ??= new Flight();
    this.#flight.add(after, last, messages, bytes, windowMessages, windowBytes);
    this.#session.countRoomBytes(bytes);
  }

  // Each of these may make room for other rooms of the session, which then go on at once.

  /** Everything up to `offset` is acknowledged, of what was written up to `cursor`. */
  release(offset: number, cursor: number): void {
    this.#shrink((flight) => flight.release(offset, cursor));
  }

  /** The connection was lost, and its client had received everything up to `offset`. */
  rewind(offset: number, cursor: number): void {
    this.#shrink((flight) => flight.rewind(offset, cursor));
  }

  clear(): void {
    this.#shrink((flight) => flight.clear());
  }

  #shrink(how: (flight: Flight) => void): void {
    const flight = this.#flight;
    if (flight === undefined) return;
    const before = flight.bytes;
    how(flight);
    if (flight.messages === 0) this.#flight = undefined;
    if (flight.bytes < before) this.#session.countRoomBytes(flight.bytes - before);
  }
}
