import type { Entry, Page, PageLimit } from "../broker/broker.ts";
import { writeGap } from "../protocol/frames/gap.ts";
import { writeJoined } from "../protocol/frames/joined.ts";
import { encodeLine } from "../protocol/terminal-text.ts";
import { encodeWebSocketFrame } from "../protocol/websocket/frame.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";
import { RoomError } from "../runtime/errors.ts";
import { type Gap, gapLine } from "../runtime/message.ts";
import type { RoomSession } from "../runtime/ports.ts";
import type { OfferedCursor, Outlet, RoomStream } from "../session/ports.ts";
import { BATCH_BYTES, BATCH_ENTRIES, Batch, endOfBatch } from "./batch.ts";
import { RETRY_MS, type RoomEnvironment } from "./environment.ts";
import { Flight } from "./flight.ts";
import type { HotTail } from "./hot-tail.ts";
import type { TurnTask } from "./turn-queue.ts";

/** A connection that has so much to send already gets nothing more: its member falls behind. */
const MAX_BACKLOG_BYTES = 64 * 1_024;
/** The most of a window that several entries may take at once: see `Flight`. */
const WINDOW_PART = 1 / 4;

/** The room, as its members see it. */
export interface MemberRoom {
  readonly env: RoomEnvironment;
  readonly name: string;
  readonly alias: number;
  /** Whether the log is followed. Before that, nothing below is known. */
  readonly isOpen: boolean;
  readonly epoch: number;
  /** The last offset heard of, and the last one that live members were given. */
  readonly followed: number;
  readonly flushed: number;
  readonly tail: HotTail;
  addLive(member: Member): void;
  removeLive(member: Member): void;
}

/** Where a member begins. */
export interface MemberStart {
  readonly epoch: number;
  readonly cursor: number;
  /** Nothing before it is for this client. */
  readonly readableFrom: number;
  /** The client was told that it is in the room, and has a cursor of its own. */
  readonly listed?: OfferedCursor | undefined;
  /** The session was in this room before: acknowledgements from then may still be on their way. */
  readonly isReturning?: boolean | undefined;
}

/**
 * One session in one room: a cursor over the room's log.
 *
 * It is live, and then it is given what comes by `LocalRoom`; or it is behind, and then nobody does anything for it until
 * something happens that lets it catch up.
 */
export class Member implements RoomStream, TurnTask {
  readonly session: RoomSession;
  /** The last offset that was written to the connection, or told of as a gap. */
  cursor: number;
  /** Its place among the live members; -1: it is behind. */
  liveIndex = -1;
  readonly #room: MemberRoom;
  readonly #isFramed: boolean;
  readonly #flight = new Flight();
  #epoch: number;
  #acknowledged: number;
  #readableFrom: number;
  readonly #isReturning: boolean;
  #listed: OfferedCursor | undefined;
  /** The client has not been told, on this connection, where it is. */
  #mustGreet = true;
  /** The connection is gone, and another one has not said where its client is. */
  #isAway: boolean;
  #isReading = false;
  #isQueued = false;
  /** What it does may make room, which it is then told of. */
  #isCatchingUp = false;
  #hasLeft = false;
  /** Counts connections: what was begun for an earlier one is dropped. */
  #connection = 0;

  constructor(room: MemberRoom, session: RoomSession, start: MemberStart) {
    this.#room = room;
    this.session = session;
    this.#isFramed = session.peer.form === "bowline" || session.peer.form === "bowline-websocket";
    this.#epoch = start.epoch;
    this.cursor = start.cursor;
    this.#acknowledged = start.cursor;
    this.#readableFrom = start.readableFrom;
    this.#listed = start.listed;
    this.#isReturning = start.isReturning ?? false;
    this.#isAway = session.outlet === undefined;
  }

  get room(): string {
    return this.#room.name;
  }

  get epoch(): number {
    return this.#epoch;
  }

  get acknowledged(): number {
    // Of a returning member, an acknowledgement may belong to its earlier stay.
    return this.#isReturning ? this.#readableFrom : this.#acknowledged;
  }

  /** Gives a live member a batch. False: it cannot take it now, or not this one, and falls behind. */
  take(batch: Batch): boolean {
    const outlet = this.#outlet;
    if (outlet === undefined || outlet.backlogBytes > MAX_BACKLOG_BYTES) return false;
    if (this.cursor !== batch.previous) return false;
    if (!this.#admits(batch)) return false;
    this.#write(outlet, batch);
    return true;
  }

  /** Gives a live member what has no place in the log, if it can take it now. */
  takeEphemeral(batch: Batch): void {
    const outlet = this.#outlet;
    if (outlet !== undefined && outlet.backlogBytes <= MAX_BACKLOG_BYTES) outlet.share(batch.for(outlet));
  }

  /** The connection, if the client has been asked on it where it is. */
  get #outlet(): Outlet | undefined {
    return this.#isAway ? undefined : this.session.outlet;
  }

  #write(outlet: Outlet, batch: Batch): void {
    outlet.share(batch.for(outlet));
    const { last, messages, bytes } = batch;
    if (this.#isFramed) {
      const { windowMessages, windowBytes } = this.session;
      this.#flight.add(this.cursor, last, messages, bytes, windowMessages, windowBytes);
      this.session.countRoomBytes(bytes);
    } else {
      this.#acknowledged = last;
    }
    this.cursor = last;
  }

  /** Whether the window has room for a batch. An empty one admits an entry of any size. */
  #admits(batch: Batch): boolean {
    if (!this.#isFramed) return true;
    const { messages, bytes } = batch;
    const { windowMessages, windowBytes } = this.session;
    const flight = this.#flight;
    if (messages > 1 && (messages > windowMessages * WINDOW_PART || bytes > windowBytes * WINDOW_PART)) return false;
    if (flight.messages > 0 && (flight.messages + messages > windowMessages || flight.bytes + bytes > windowBytes)) {
      return false;
    }
    return this.session.admitsRoomBytes(bytes);
  }

  // What the session tells.

  onAcknowledged(offset: number): void {
    const upTo = Math.min(offset, this.cursor);
    if (upTo <= this.#acknowledged) return;
    this.#acknowledged = upTo;
    const before = this.#flight.bytes;
    this.#flight.release(upTo, this.cursor);
    this.#countReleased(before);
    this.session.onRecordChanged();
    this.catchUp();
  }

  onWritable(): void {
    this.catchUp();
  }

  onDetached(): void {
    // What was on its way stays so: the client may have it.
    this.#isAway = true;
  }

  onResumed(listed: OfferedCursor | undefined): void {
    this.#room.removeLive(this);
    this.#connection += 1;
    this.#isAway = false;
    this.#isReading = false;
    this.#listed = listed;
    this.#mustGreet = true;
    this.catchUp();
  }

  /** The session is in the room no more. */
  leave(): void {
    this.#hasLeft = true;
    this.#connection += 1;
    this.#room.removeLive(this);
    const before = this.#flight.bytes;
    this.#flight.clear();
    this.#countReleased(before);
  }

  #countReleased(before: number): void {
    if (this.#flight.bytes !== before) this.session.countRoomBytes(this.#flight.bytes - before);
  }

  // Catching up: one page a turn, and no more than the connection and the window take.

  /** Goes on from the cursor, if it can. Whatever may have changed that calls it. */
  catchUp(): void {
    const outlet = this.#outlet;
    if (outlet === undefined || !this.#room.isOpen || this.liveIndex >= 0) return;
    if (this.#isCatchingUp || this.#isReading || this.#isQueued || this.#hasLeft) return;
    this.#isCatchingUp = true;
    if (this.#mustGreet) this.#greet(outlet);
    this.#advance(outlet);
    this.#isCatchingUp = false;
  }

  #advance(outlet: Outlet): void {
    const room = this.#room;
    if (this.cursor >= room.flushed) {
      room.addLive(this);
    } else if (outlet.backlogBytes > MAX_BACKLOG_BYTES) {
      // `onWritable` comes when that has left.
    } else if (this.cursor >= room.tail.after) {
      const { entries, start } = room.tail.from(this.cursor);
      this.#writePage(outlet, entries, start);
    } else {
      void this.#readPage(this.#connection);
    }
  }

  onTurnEnd(): void {
    this.#isQueued = false;
    this.catchUp();
  }

  #writePage(outlet: Outlet, entries: readonly Entry[], start: number): void {
    const until = this.#room.flushed;
    let end = endOfBatch(entries, start, this.#pageLimit);
    // Live members are given what comes after that position: the member must join them exactly there.
    while (end > start && (entries[end - 1] as Entry).offset > until) end -= 1;
    if (end === start) return;
    const last = (entries[end - 1] as Entry).offset;
    const batch = new Batch(this.#room.alias, this.cursor, last, entries.slice(start, end));
    if (!this.#admits(batch)) return;
    this.#write(outlet, batch);
    this.#goOn();
  }

  /** It has arrived, or goes on when what was written has had a chance to leave. */
  #goOn(): void {
    if (this.cursor >= this.#room.flushed) {
      this.#room.addLive(this);
    } else {
      this.#isQueued = true;
      this.#room.env.queue.add(this);
    }
  }

  /** What a page may hold: what a batch may, and no more than the window has room for; but always one entry. */
  get #pageLimit(): PageLimit {
    if (!this.#isFramed) return { entries: BATCH_ENTRIES, bytes: BATCH_BYTES };
    const { windowMessages, windowBytes } = this.session;
    const { messages, bytes } = this.#flight;
    const part = Math.floor(windowMessages * WINDOW_PART);
    return {
      entries: Math.max(1, Math.min(BATCH_ENTRIES, part, windowMessages - messages)),
      bytes: Math.min(BATCH_BYTES, windowBytes * WINDOW_PART, windowBytes - bytes),
    };
  }

  async #readPage(connection: number): Promise<void> {
    const { env, name, epoch } = this.#room;
    this.#isReading = true;
    let page: Page;
    try {
      page = await env.broker.read(name, { epoch, offset: this.cursor }, this.#pageLimit);
      if (page.epoch !== epoch) throw new RoomError(`the log of room ${name} was replaced while it was followed`);
      if (page.after === this.cursor && page.entries.length === 0) throw new RoomError(`room ${name} has lost entries`);
    } catch (error) {
      if (connection !== this.#connection) return;
      env.emit({ name: "room-error", room: name, error });
      env.clock.setTimer(() => this.#onRead(connection, undefined), RETRY_MS);
      return;
    }
    this.#onRead(connection, page);
  }

  #onRead(connection: number, page: Page | undefined): void {
    if (connection !== this.#connection) return;
    this.#isReading = false;
    const outlet = this.#outlet;
    if (page === undefined || outlet === undefined) {
      this.catchUp();
      return;
    }
    if (page.after > this.cursor) {
      this.#sayGap(outlet, { from: this.cursor + 1, to: page.after, reason: "trimmed" });
      this.cursor = page.after;
    }
    if (page.entries.length === 0 || this.cursor >= this.#room.flushed) this.#goOn();
    else this.#writePage(outlet, page.entries, 0);
  }

  // Telling the client where it is.

  #greet(outlet: Outlet): void {
    this.#mustGreet = false;
    const { epoch } = this.#room;
    if (this.#epoch !== epoch) this.#begin(epoch);
    const listed = this.#listed;
    const trusted = listed !== undefined && this.#isGood(listed) ? listed : undefined;
    const cursor = trusted === undefined ? this.acknowledged : Math.max(trusted.cursor, this.#readableFrom);
    this.#acknowledged = Math.min(this.#acknowledged, cursor);
    const before = this.#flight.bytes;
    if (cursor > this.#acknowledged) this.#flight.rewind(cursor, this.cursor);
    else this.#flight.clear();
    this.#countReleased(before);
    this.cursor = cursor;
    if (!this.#isFramed) return;
    this.#sayJoined(outlet);
    if (listed !== undefined && listed.epoch !== epoch) {
      this.#sayGap(outlet, { from: listed.cursor + 1, to: 0, reason: "log-replaced" });
    } else if (listed !== undefined && listed.cursor < cursor) {
      this.#sayGap(outlet, { from: listed.cursor + 1, to: cursor, reason: "policy" });
    }
  }

  /** The log is another one than when the member was recorded: all of it came later, so all of it is for the client. */
  #begin(epoch: number): void {
    this.#listed ??= { name: this.room, epoch: this.#epoch, cursor: this.#acknowledged, ticket: "" };
    this.#epoch = epoch;
    this.#acknowledged = 0;
    this.#readableFrom = 0;
  }

  #isGood(listed: OfferedCursor): boolean {
    const { env, epoch } = this.#room;
    if (listed.epoch !== epoch) return false;
    const position = env.tickets.check(listed, this.session.identityHash);
    return position !== undefined && listed.cursor >= position;
  }

  #sayJoined(outlet: Outlet): void {
    const { env, alias, name, epoch, followed } = this.#room;
    const ticket = env.tickets.issue(name, epoch, this.#readableFrom, this.session.identityHash);
    const head = Math.max(followed, this.cursor);
    writeJoined(outlet.writer, { alias, name, epoch, cursor: this.cursor, head, ticket });
    outlet.flush();
  }

  #sayGap(outlet: Outlet, gap: Gap): void {
    if (this.#isFramed) {
      writeGap(outlet.writer, this.#room.alias, gap.from, gap.to, gap.reason);
      outlet.flush();
    } else if (outlet.form === "lines") {
      outlet.share(encodeLine(gapLine(gap), outlet.lineEnding));
    } else {
      outlet.share(encodeWebSocketFrame(OPCODE.text, gapLine(gap)));
    }
  }
}
