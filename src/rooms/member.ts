import type { Entry, Page, PageLimit } from "../broker/broker.ts";
import { writeJoined } from "../protocol/frames/joined.ts";
import type { RoomSession } from "../runtime/ports.ts";
import type { OfferedCursor, Outlet, RoomStream } from "../session/ports.ts";
import { isFramed, sayGap } from "./announcements.ts";
import { BATCH_LIMIT, type Batch, endOfBatch } from "./batch.ts";
import { RETRY_MS, type RoomEnvironment } from "./environment.ts";
import type { HotTail } from "./hot-tail.ts";
import type { TurnTask } from "./turn-queue.ts";
import { Window } from "./window.ts";

/** A connection that has so much to send already gets nothing more: its member falls behind. */
const MAX_BACKLOG_BYTES = 64 * 1_024;

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
  /** Whether the session is here, or is away, may have changed. */
  notePresence(session: RoomSession): void;
  /** A member was given entries before all others. */
  onAhead(): void;
  addLive(member: Member): void;
  removeLive(member: Member): void;
  /** Reads what follows an offset. Rejects, too, when there is nothing. */
  readPage(after: number, limit: PageLimit): Promise<Page>;
  /** The entries from `start` to `end` as a batch that follows `after`. */
  batchOf(after: number, entries: readonly Entry[], start: number, end: number): Batch;
}

/** Where a member begins. */
export interface MemberStart {
  readonly epoch: number;
  readonly cursor: number;
  /** Nothing before it is for this client. */
  readonly readableFrom: number;
  /** The client has a cursor of its own. */
  readonly listed?: OfferedCursor | undefined;
  /** The session was in this room before: acknowledgements from then may still be on their way. */
  readonly isReturning?: boolean | undefined;
  /** The session comes from its record: it was in the room before this server was started. */
  readonly isRestored?: boolean | undefined;
}

/**
 * One session in one room: a cursor over the room's log.
 *
 * It is live, and then it is given what comes by `LocalRoom`; or it is behind, and then nobody does anything for it until
 * something happens that lets it catch up: its client acknowledged, its connection drained, or came back.
 */
export class Member implements RoomStream, TurnTask {
  readonly session: RoomSession;
  readonly isRestored: boolean;
  /** The last offset that was written to the connection, or told of as a gap. */
  cursor: number;
  /** Its place among the live members; -1: it is behind. */
  liveIndex = -1;
  readonly #room: MemberRoom;
  /** None for plain clients: what was written to them counts as arrived. */
  readonly #window: Window | undefined;
  readonly #isReturning: boolean;
  #epoch: number;
  #acknowledged: number;
  #readableFrom: number;
  #listed: OfferedCursor | undefined;
  /** The connection is gone, and another one has not said where its client is. */
  #isAway: boolean;
  /** The client has not been told, on this connection, where it is. */
  #mustGreet = true;
  #isReading = false;
  #isQueued = false;
  /** What it does may make room, which it is then told of. */
  #isCatchingUp = false;
  #hasLeft = false;
  /** A durable session's record does not have the room yet: the client must not hear of it. */
  #isUnrecorded = true;
  /** Counts connections: what was begun for an earlier one is dropped. */
  #connection = 0;

  constructor(room: MemberRoom, session: RoomSession, start: MemberStart) {
    this.#room = room;
    this.session = session;
    this.#window = isFramed(session.peer.form) ? new Window(session) : undefined;
    this.isRestored = start.isRestored ?? false;
    this.#isReturning = start.isReturning ?? false;
    this.#epoch = start.epoch;
    this.cursor = start.cursor;
    this.#acknowledged = start.cursor;
    this.#readableFrom = start.readableFrom;
    this.#listed = start.listed;
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

  /** The connection, once it is known where its client is. */
  get #outlet(): Outlet | undefined {
    return this.#isAway || this.#isUnrecorded ? undefined : this.session.outlet;
  }

  // Live: given what comes.

  /** Gives a live member a batch. False: it cannot take it now, or not this one, and falls behind. */
  take(batch: Batch): boolean {
    const outlet = this.#outlet;
    if (outlet === undefined || outlet.backlogBytes > MAX_BACKLOG_BYTES) return false;
    if (this.cursor !== batch.previous) return false;
    if (this.#window?.admits(batch) === false) return false;
    this.#write(outlet, batch);
    return true;
  }

  /** What waits for the end of the turn is given to a live member now. */
  beforeMessage(): void {
    const room = this.#room;
    const outlet = this.#outlet;
    if (outlet === undefined || this.liveIndex < 0 || outlet.backlogBytes > MAX_BACKLOG_BYTES) return;
    while (this.cursor < room.followed) {
      const { entries, start } = room.tail.from(this.cursor);
      this.#write(outlet, room.batchOf(this.cursor, entries, start, endOfBatch(entries, start)));
      room.onAhead();
    }
  }

  /** Gives a live member what has no place in the log, if it can take it now. */
  takeEphemeral(batch: Batch): void {
    const outlet = this.#outlet;
    if (outlet !== undefined && outlet.backlogBytes <= MAX_BACKLOG_BYTES) outlet.share(batch.for(outlet));
  }

  #write(outlet: Outlet, batch: Batch): void {
    outlet.share(batch.for(outlet));
    if (this.#window === undefined) this.#acknowledged = batch.last;
    else this.#window.add(this.cursor, batch);
    this.cursor = batch.last;
  }

  // What the session tells.

  onAcknowledged(offset: number): void {
    const upTo = Math.min(offset, this.cursor);
    if (upTo <= this.#acknowledged) return;
    this.#acknowledged = upTo;
    this.#window?.release(upTo, this.cursor);
    this.session.onRecordChanged();
    this.catchUp();
  }

  onWritable(): void {
    this.catchUp();
  }

  onDetached(): void {
    // What was on its way stays so: the client may have it.
    this.#isAway = true;
    this.#room.notePresence(this.session);
  }

  onPresence(): void {
    this.#room.notePresence(this.session);
  }

  onResumed(listed: OfferedCursor | undefined): void {
    this.#room.removeLive(this);
    this.#connection += 1;
    this.#isAway = false;
    this.#isReading = false;
    this.#listed = listed;
    this.#mustGreet = true;
    this.#room.notePresence(this.session);
    this.catchUp();
  }

  onRecorded(): void {
    this.#isUnrecorded = false;
    this.catchUp();
  }

  /** The session is in the room no more. */
  leave(): void {
    this.#hasLeft = true;
    this.#connection += 1;
    this.#room.removeLive(this);
    this.#window?.clear();
  }

  // Behind: catching up, a page a turn, with no more than the connection and the window take.

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

  /** Whether it is where the live members are. */
  get #hasArrived(): boolean {
    return this.cursor >= this.#room.flushed;
  }

  #advance(outlet: Outlet): void {
    const room = this.#room;
    if (this.#hasArrived) {
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

  #writePage(outlet: Outlet, entries: readonly Entry[], start: number): void {
    const until = this.#room.flushed;
    let end = endOfBatch(entries, start, this.#pageLimit);
    // Live members are given what comes after that position: the member must join them exactly there.
    while (end > start && (entries[end - 1] as Entry).offset > until) end -= 1;
    if (end === start) return;
    const batch = this.#room.batchOf(this.cursor, entries, start, end);
    if (this.#window?.admits(batch) === false) return;
    this.#write(outlet, batch);
    this.#goOn();
  }

  /** It has arrived, or goes on when what was written has had a chance to leave. */
  #goOn(): void {
    if (this.#hasArrived) {
      this.#room.addLive(this);
    } else {
      this.#isQueued = true;
      this.#room.env.queue.add(this);
    }
  }

  onTurnEnd(): void {
    this.#isQueued = false;
    this.catchUp();
  }

  get #pageLimit(): PageLimit {
    return this.#window?.pageLimit ?? BATCH_LIMIT;
  }

  async #readPage(connection: number): Promise<void> {
    const { env, name } = this.#room;
    this.#isReading = true;
    try {
      const page = await this.#room.readPage(this.cursor, this.#pageLimit);
      if (connection === this.#connection) this.#onPage(page);
    } catch (error) {
      if (connection !== this.#connection) return;
      env.emit({ name: "room-error", room: name, error });
      env.clock.setTimer(() => this.#readAgain(connection), RETRY_MS);
    }
  }

  #readAgain(connection: number): void {
    if (connection !== this.#connection) return;
    this.#isReading = false;
    this.catchUp();
  }

  #onPage(page: Page): void {
    this.#isReading = false;
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    if (page.after > this.cursor) {
      sayGap(outlet, this.#room.alias, { from: this.cursor + 1, to: page.after, reason: "trimmed" });
      this.cursor = page.after;
    }
    if (page.entries.length === 0 || this.#hasArrived) this.#goOn();
    else this.#writePage(outlet, page.entries, 0);
  }

  // Resuming: where the client is.

  #greet(outlet: Outlet): void {
    this.#mustGreet = false;
    const { epoch, alias } = this.#room;
    if (this.#epoch !== epoch) this.#begin(epoch);
    const listed = this.#listed;
    const trusted = listed !== undefined && this.#isGood(listed) ? listed : undefined;
    const cursor = trusted === undefined ? this.acknowledged : Math.max(trusted.cursor, this.#readableFrom);
    const written = this.cursor;
    this.cursor = cursor;
    this.#acknowledged = Math.min(this.#acknowledged, cursor);
    this.#listed = undefined;
    if (this.#window === undefined) return;
    this.#sayJoined(outlet);
    if (listed !== undefined && listed.epoch !== epoch) {
      sayGap(outlet, alias, { from: listed.cursor + 1, to: 0, reason: "log-replaced" });
    } else if (listed !== undefined && listed.cursor < cursor) {
      sayGap(outlet, alias, { from: listed.cursor + 1, to: cursor, reason: "policy" });
    }
    if (cursor > this.#acknowledged) this.#window.rewind(cursor, written);
    else this.#window.clear();
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
}
