import type { Broker } from "../broker/broker.ts";
import type { Clock } from "../runtime/deadlines.ts";
import { RoomError } from "../runtime/errors.ts";
import type { Sendable } from "../runtime/message.ts";
import type { Emit, MessageContext, RoomJoiner, RoomSession } from "../runtime/ports.ts";
import type {
  HistoryOptions,
  JoinOptions,
  Room,
  RoomEntry,
  RoomMember,
  RoomSendOptions,
  SearchOptions,
} from "../runtime/room.ts";
import { checkedName } from "../runtime/room-name.ts";
import type { Limits } from "../session/limits.ts";
import type { OfferedCursor } from "../session/ports.ts";
import { type RecordedRoom, recordLifeMs } from "../session/record.ts";
import type { RoomEnvironment } from "./environment.ts";
import { HeldKeys } from "./held-keys.ts";
import { LocalRoom } from "./local-room.ts";
import { Presence } from "./presence.ts";
import { Publisher, type Sender } from "./publisher.ts";
import { HistoryEntry } from "./room-entry.ts";
import { BroadcastRoom, type RoomAccess, SessionRoom } from "./room-handle.ts";
import { type OnPresence, presentMember } from "./room-presence.ts";
import { type TicketSigner, Tickets } from "./tickets.ts";
import { TurnQueue, type TurnScheduler } from "./turn-queue.ts";
import { unlessAborted } from "./unless-aborted.ts";

const HISTORY_PAGE_BYTES = 1_024 * 1_024;
const NOBODY: LocalRoom["members"] = new Map();

export interface RoomsOptions {
  readonly broker: Broker;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly scheduler: TurnScheduler;
  /** Signs tickets, with the server's key. */
  readonly signer: TicketSigner;
  readonly context: MessageContext | undefined;
  readonly emit: Emit;
  readonly onpresence?: OnPresence | undefined;
}

/** The rooms of one node: who is in which. Their logs are the broker's. */
export class Rooms implements RoomJoiner, RoomAccess {
  readonly #limits: Limits;
  readonly #env: RoomEnvironment;
  readonly #keys: HeldKeys;
  readonly #publisher: Publisher;
  readonly #rooms = new Map<string, LocalRoom>();
  readonly #roomsOf = new Map<RoomSession, LocalRoom[]>();
  #aliases = 0;

  constructor(options: RoomsOptions) {
    const { broker, limits, clock, scheduler, signer, context, emit, wallNow } = options;
    const queue = new TurnQueue(scheduler);
    this.#limits = limits;
    const find = (room: string): LocalRoom | undefined => this.#rooms.get(room);
    const { onpresence } = options;
    const presence =
      onpresence &&
      new Presence({
        onpresence,
        limit: limits.presenceLimit,
        clock,
        queue,
        emit,
        broadcast: (room) => this.broadcast(room),
        membersOf: (room) => find(room)?.members ?? NOBODY,
      });
    this.#env = { broker, clock, queue, tickets: new Tickets(signer), emit, presence };
    // As long as there is a record, there may be another run of the handler, which does again what it did.
    this.#keys = new HeldKeys(broker, clock, recordLifeMs(limits) + limits.closeTimeoutMs, emit);
    const keys = this.#keys;
    this.#publisher = new Publisher({ broker, limits, queue, context, emit, keys, wallNow, find });
  }

  /** Rooms that have members here. */
  get size(): number {
    return this.#rooms.size;
  }

  // What sessions ask for.

  async join(session: RoomSession, run: object, named: string, options: JoinOptions): Promise<Room> {
    const name = checkedName(named);
    checkCount("last", options.last);
    checkCount("after", options.after);
    const handle = new SessionRoom(this, name, { session, run });
    const room = this.#rooms.get(name) ?? this.#create(name);
    // It stays while somebody is about to join.
    room.joining += 1;
    try {
      if (!room.isOpen) await unlessAborted(room.open(), options.signal);
      if (room.members.has(session)) return handle;
      const position = await unlessAborted(this.#startOf(room, options), options.signal);
      if (session.isEnding) throw session.closedError();
      if (!room.members.has(session)) this.#add(room, session, position);
      if (this.#env.presence !== undefined) await this.#turnOver();
      return handle;
    } finally {
      room.joining -= 1;
      this.#forgetIfEmpty(room);
    }
  }

  room(session: RoomSession, run: object, name: string): Room {
    return new SessionRoom(this, checkedName(name), { session, run });
  }

  restore(session: RoomSession, recorded: readonly RecordedRoom[]): void {
    for (const { room: name, epoch, cursor } of recorded) {
      const room = this.#rooms.get(name) ?? this.#create(name);
      this.#noteRoom(session, room);
      room.add(session, { epoch, cursor, readableFrom: cursor, isRestored: true });
      if (!room.isOpen) room.openForMembers();
    }
  }

  afterTurn(callback: () => void): void {
    this.#env.queue.add({ onTurnEnd: callback });
  }

  #turnOver(): Promise<void> {
    return new Promise((resolve) => this.afterTurn(resolve));
  }

  stopPresence(): void {
    this.#env.presence?.stop();
  }

  leaveAll(session: RoomSession): void {
    this.#keys.forget(session);
    const rooms = this.#roomsOf.get(session);
    this.#roomsOf.delete(session);
    for (const room of rooms ?? []) {
      room.remove(session, false);
      this.#forgetIfEmpty(room);
    }
  }

  /** Follows no log any more. The broker is whoever opened it's to close. */
  close(): void {
    this.#keys.close();
    this.stopPresence();
    for (const room of this.#rooms.values()) room.close();
    this.#rooms.clear();
  }

  /** A room in nobody's name: for the server's own sends. */
  broadcast(name: string): BroadcastRoom {
    return new BroadcastRoom(this, checkedName(name));
  }

  // What handles ask for.

  send(name: string, data: Sendable, options: RoomSendOptions, sender: Sender | undefined): Promise<void> {
    return this.#publisher.send(name, data, options, sender);
  }

  async history(name: string, options: HistoryOptions): Promise<readonly RoomEntry[]> {
    const { broker } = this.#env;
    const { after, before } = options;
    const limit = { entries: Math.max(1, Math.floor(options.limit)), bytes: HISTORY_PAGE_BYTES };
    if (after === undefined) {
      const { entries } = await broker.readBack(name, before, limit);
      return entries.map((entry) => new HistoryEntry(entry));
    }
    const { epoch } = await broker.head(name);
    const { entries } = await broker.read(name, { epoch, offset: after }, limit);
    return entries.filter(({ offset }) => offset < (before ?? Infinity)).map((entry) => new HistoryEntry(entry));
  }

  async search(name: string, words: string, options: SearchOptions): Promise<readonly RoomEntry[]> {
    const found = await this.#env.broker.search(name, words, Math.max(1, Math.floor(options.limit)));
    return found.map((entry) => new HistoryEntry(entry));
  }

  members(name: string): readonly RoomMember[] {
    this.#env.presence?.onRead(name);
    const sessions = this.#rooms.get(name)?.members.keys() ?? [];
    return Array.from(sessions, presentMember).filter((member) => member !== undefined);
  }

  leave(name: string, { session }: Sender): void {
    const room = this.#rooms.get(name);
    if (room === undefined || !room.members.has(session)) return;
    const rooms = this.#roomsOf.get(session)?.filter((other) => other !== room) ?? [];
    if (rooms.length > 0) this.#roomsOf.set(session, rooms);
    else this.#roomsOf.delete(session);
    room.remove(session, true);
    session.sayLeft(name);
    this.#forgetIfEmpty(room);
  }

  // Keeping books.

  #create(name: string): LocalRoom {
    this.#aliases += 1;
    const room = new LocalRoom(this.#env, name, this.#aliases);
    this.#rooms.set(name, room);
    return room;
  }

  #forgetIfEmpty(room: LocalRoom): void {
    if (room.members.size > 0 || room.joining > 0 || this.#rooms.get(room.name) !== room) return;
    this.#rooms.delete(room.name);
    room.close();
  }

  #noteRoom(session: RoomSession, room: LocalRoom): void {
    const rooms = this.#roomsOf.get(session);
    if (rooms === undefined) this.#roomsOf.set(session, [room]);
    else rooms.push(room);
  }

  #add(room: LocalRoom, session: RoomSession, position: number): void {
    const { maxRoomsPerSession } = this.#limits;
    if ((this.#roomsOf.get(session)?.length ?? 0) >= maxRoomsPerSession) {
      throw new RoomError(`the session is in ${maxRoomsPerSession} rooms already (maxRoomsPerSession)`);
    }
    this.#noteRoom(session, room);
    const listed = session.takeOffered(room.name);
    const { epoch } = room;
    const ticket = listed === undefined ? undefined : this.#readableFrom(session, room, listed);
    if (listed === undefined || ticket === undefined) {
      room.add(session, { epoch, cursor: position, readableFrom: position, listed });
    } else {
      room.add(session, { epoch, cursor: Math.max(listed.cursor, ticket), readableFrom: ticket, listed });
    }
  }

  /** The position of a good ticket for the room's present log. */
  #readableFrom(session: RoomSession, room: LocalRoom, listed: OfferedCursor): number | undefined {
    if (listed.epoch !== room.epoch) return undefined;
    return this.#env.tickets.check(listed, session.identityHash);
  }

  /** Beyond the head there is nothing yet: who asks for that gets what comes next. */
  async #notBeyondHead(room: LocalRoom, after: number): Promise<number> {
    if (after <= room.position) return after;
    const { offset } = await this.#env.broker.head(room.name);
    return Math.min(after, Math.max(offset, room.position));
  }

  /** Where who joins without a cursor begins. */
  async #startOf(room: LocalRoom, options: JoinOptions): Promise<number> {
    const { last = 0, after } = options;
    if (last === 0) return after === undefined ? room.position : await this.#notBeyondHead(room, after);
    const near = room.tail.before(last);
    const { broker } = this.#env;
    const from = near ?? (await broker.readBack(room.name, undefined, { entries: last, bytes: Infinity })).after;
    return Math.max(from, after === undefined ? 0 : await this.#notBeyondHead(room, after));
  }
}

function checkCount(what: string, number = 0): void {
  if (!(number >= 0)) throw new RangeError(`${what} must be a number from 0, and not ${number}`);
}
