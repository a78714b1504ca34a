import { writeLeft } from "../protocol/frames/left.ts";
import type { OfferedCursor, Outlet, RoomStream } from "./ports.ts";
import type { RecordedRoom } from "./record.ts";

/** What a client is to be told when it is on record: of a room that it is in, or of one that it has left. */
type News = RoomStream | string;

/** The rooms of a session, on the server: its streams, and the cursors that its client brought along. */
export class ServerRooms {
  // Most sessions are in no room: an empty map each would be a tenth of an idle session.
  #streams: Map<number, RoomStream> | undefined;
  #offered: Map<string, OfferedCursor> | undefined;
  /** Rooms whose offer was taken, by a join that is on its way. */
  #joining: Set<string> | undefined;
  /** Durable sessions: what waits for its record, in order, and how much of it is in the one being written. */
  #news: News[] | undefined;
  #newsInRecord = 0;
  /** A room found the session's window full. */
  #isWaiting = false;

  get streams(): Iterable<RoomStream> {
    return this.#streams?.values() ?? [];
  }

  get(alias: number): RoomStream | undefined {
    return this.#streams?.get(alias);
  }

  add(alias: number, stream: RoomStream): void {
    this.#streams ??= new Map();
    this.#streams.set(alias, stream);
    this.#joining?.delete(stream.room);
  }

  remove(alias: number): void {
    this.#streams?.delete(alias);
  }

  /**
   * Append, record, wire holds for rooms, too: a durable session's client hears of a room, or of its end, when that is on
   * record. Else a server that was killed would not know in which rooms its client is.
   */
  tellWhenRecorded(news: News): void {
    this.#news ??= [];
    this.#news.push(news);
  }

  /** For the record that is written next. */
  record(): RecordedRoom[] {
    this.#newsInRecord = this.#news?.length ?? 0;
    return Array.from(this.streams, ({ room, epoch, acknowledged }) => ({ room, epoch, cursor: acknowledged }));
  }

  /** That record is committed. */
  recorded(outlet: Outlet | undefined): void {
    const told = this.#news?.splice(0, this.#newsInRecord) ?? [];
    this.#newsInRecord = 0;
    for (const news of told) {
      if (typeof news !== "string") news.onRecorded();
      else if (outlet !== undefined) sayLeft(outlet, news);
    }
  }

  /** A session begins: what the client lists is offered to the rooms that the handler will join. */
  begin(listed: readonly OfferedCursor[]): void {
    if (listed.length > 0) this.#offered = new Map(listed.map((room) => [room.name, room]));
  }

  /**
   * A session goes on: rooms it is in go on from where the client is; those it is not in get LEFT. But a room that the
   * handler has yet to join must not: the client would forget where it was, and be given the same entries again.
   */
  resume(listed: readonly OfferedCursor[], outlet: Outlet): void {
    if (listed.length === 0 && this.#streams === undefined) return;
    const left = new Map(listed.map((room) => [room.name, room]));
    for (const stream of this.streams) {
      stream.onResumed(left.get(stream.room));
      left.delete(stream.room);
    }
    for (const [name, room] of left) {
      if (this.#offered?.has(name) === true) this.#offered.set(name, room);
      else if (this.#joining?.has(name) !== true) sayLeft(outlet, name);
    }
  }

  /** The cursor that the client offered for a room when the session began. Given once. */
  takeOffered(room: string): OfferedCursor | undefined {
    const offered = this.#offered?.get(room);
    if (this.#offered?.delete(room) === true) {
      this.#joining ??= new Set();
      this.#joining.add(room);
    }
    return offered;
  }

  /** A room waits for the session's window. */
  wait(): void {
    this.#isWaiting = true;
  }

  /** Something of the session's window was released: rooms that waited for it go on. */
  wake(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.drained();
  }

  /** There is room to write again. */
  drained(): void {
    for (const room of this.streams) room.onWritable();
  }

  detached(): void {
    for (const room of this.streams) room.onDetached();
  }

  /** The session is there now, for others in its rooms, or not any more. */
  presenceChanged(): void {
    for (const room of this.streams) room.onPresence();
  }
}

/** Tells a client that it is in a room no more. */
export function sayLeft(outlet: Outlet, room: string): void {
  writeLeft(outlet.writer, room);
  outlet.flush();
}
