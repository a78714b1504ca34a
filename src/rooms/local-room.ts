import type { Entry, Follow, Page, PageLimit } from "../broker/broker.ts";
import { RoomError } from "../runtime/errors.ts";
import type { RoomSession } from "../runtime/ports.ts";
import { Batch, endOfBatch } from "./batch.ts";
import { RETRY_MS, type RoomEnvironment } from "./environment.ts";
import { HotTail } from "./hot-tail.ts";
import { Member, type MemberRoom, type MemberStart } from "./member.ts";
import { RoomPages } from "./room-pages.ts";
import type { TurnTask } from "./turn-queue.ts";

/**
 * A room, as far as it is on this node: who is in it, and what comes in its log. Exists while it has members.
 *
 * Entries wait until the turn ends; then they go, as one batch, to every live member.
 */
export class LocalRoom implements MemberRoom, TurnTask {
  readonly env: RoomEnvironment;
  readonly name: string;
  readonly alias: number;
  readonly members = new Map<RoomSession, Member>();
  readonly #pages: RoomPages;
  tail = new HotTail(0);
  epoch = 0;
  followed = 0;
  flushed = 0;
  isOpen = false;
  /** Joins that are under way: the room is not to be forgotten meanwhile. */
  joining = 0;
  readonly #live: Member[] = [];
  /** Sessions that were members before. */
  readonly #leavers = new WeakSet<RoomSession>();
  #opening: Promise<void> | undefined;
  #follow: Follow | undefined;
  #isClosed = false;
  /** The highest position that an append from this node was given. Its follower may not be there yet. */
  #appended = 0;
  #pending: Entry[] = [];
  #ephemerals: Entry[] = [];
  /** Where presence is told: who joined in this turn. */
  #newcomers: Member[] = [];
  #isQueued = false;
  /** Some have had entries of this turn already: what rides with the others' would not reach them. */
  #hasAhead = false;

  constructor(env: RoomEnvironment, name: string, alias: number) {
    this.env = env;
    this.name = name;
    this.alias = alias;
    this.#pages = new RoomPages(env.broker, name, alias);
  }

  /** Follows the log, from its head; once for all who ask. Rejects when the broker does, and may be asked again then. */
  open(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { broker } = this.env;
    const head = await broker.head(this.name);
    this.epoch = head.epoch;
    this.followed = head.offset;
    this.flushed = head.offset;
    this.tail = new HotTail(head.offset);
    this.#follow = await broker.follow(this.name, head, (entries) => this.#onEntries(entries));
    if (this.#isClosed) {
      this.#follow.close();
      return;
    }
    this.isOpen = true;
    for (const member of this.members.values()) member.catchUp();
  }

  /** Opens it for members that are there already, however long that takes. */
  openForMembers(): void {
    this.open().catch((error: unknown) => {
      if (this.#isClosed) return;
      this.env.emit({ name: "room-error", room: this.name, error });
      this.env.clock.setTimer(() => this.openForMembers(), RETRY_MS);
    });
  }

  /** Nobody is here any more. */
  close(): void {
    this.#isClosed = true;
    this.isOpen = false;
    this.#follow?.close();
  }

  /** After everything that is in the log, as far as this node can know. */
  get position(): number {
    return Math.max(this.followed, this.#appended);
  }

  onAppended(offset: number): void {
    if (offset > this.#appended) this.#appended = offset;
  }

  // Members.

  add(session: RoomSession, start: MemberStart): Member {
    const member = new Member(this, session, { ...start, isReturning: this.#leavers.has(session) });
    this.members.set(session, member);
    this.notePresence(session);
    if (session.addRoom(this.alias, member) !== "now") return member;
    // Those who are there are told first, and of nobody that they have come themselves.
    if (this.env.presence === undefined) member.onRecorded();
    else this.#newcomers.push(member);
    return member;
  }

  /** `mayReturn`: the session goes on without the room. */
  remove(session: RoomSession, mayReturn: boolean): void {
    const member = this.members.get(session);
    if (member === undefined) return;
    // What came before it left is for it, too.
    if (mayReturn && member.liveIndex >= 0 && this.#isQueued) this.#fanOutAll();
    this.members.delete(session);
    if (mayReturn) this.#leavers.add(session);
    // Who ends was noted when the end began.
    if (mayReturn && !session.isEnding) this.notePresence(session);
    session.removeRoom(this.alias);
    member.leave();
  }

  notePresence(session: RoomSession): void {
    if (this.env.presence?.note(this.name, session) === true) this.#queue();
  }

  onAhead(): void {
    this.#hasAhead = true;
  }

  addLive(member: Member): void {
    member.liveIndex = this.#live.push(member) - 1;
  }

  removeLive(member: Member): void {
    const index = member.liveIndex;
    if (index < 0) return;
    member.liveIndex = -1;
    const last = this.#live.pop() as Member;
    if (last === member) return;
    this.#live[index] = last;
    last.liveIndex = index;
  }

  async readPage(after: number, limit: PageLimit): Promise<Page> {
    const page = await this.#pages.read(this.epoch, after, limit);
    if (page.epoch !== this.epoch)
      throw new RoomError(`the log of room ${this.name} was replaced while it was followed`);
    if (page.after === after && page.entries.length === 0) throw new RoomError(`room ${this.name} has lost entries`);
    return page;
  }

  batchOf(after: number, entries: readonly Entry[], start: number, end: number): Batch {
    // The page is kept until the turn is over.
    this.#queue();
    return this.#pages.batch(after, entries, start, end);
  }

  // What comes.

  #onEntries(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.tail.push(entry);
      this.#pending.push(entry);
      this.followed = entry.offset;
    }
    this.#queue();
  }

  /** Gives an entry to the members that are live at the end of the turn; it is nowhere else. */
  pass(ephemeral: Entry): void {
    this.#ephemerals.push(ephemeral);
    this.#queue();
  }

  #queue(): void {
    if (this.#isQueued) return;
    this.#isQueued = true;
    this.env.queue.add(this);
  }

  onTurnEnd(): void {
    // What is sent to tell it rides with what has come.
    this.env.presence?.tell(this.name);
    this.#isQueued = false;
    this.#fanOutAll();
    if (this.#newcomers.length === 0) return;
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    for (const newcomer of newcomers) newcomer.onRecorded();
  }

  #fanOutAll(): void {
    const pending = this.#pending;
    const ephemerals = this.#ephemerals;
    this.#pending = [];
    this.#ephemerals = [];
    const fallen: Member[] = [];
    const ridesAlone = this.#hasAhead || pending.length === 0;
    this.#hasAhead = false;
    for (let start = 0, end = 0; start < pending.length; start = end) {
      end = endOfBatch(pending, start);
      const entries = start === 0 && end === pending.length ? pending : pending.slice(start, end);
      const { previous } = entries[0] as Entry;
      const { offset } = entries[entries.length - 1] as Entry;
      const riders = ridesAlone || end < pending.length ? [] : ephemerals;
      this.#fanOut(new Batch(this.alias, previous, offset, entries, riders), fallen);
    }
    this.#pages.forget();
    this.tail.trim(this.flushed);
    for (const member of fallen) member.catchUp();
    if (!ridesAlone || ephemerals.length === 0) return;
    const batch = new Batch(this.alias, this.flushed, this.flushed, ephemerals);
    for (const member of this.#live) member.takeEphemeral(batch);
  }

  #fanOut(batch: Batch, fallen: Member[]): void {
    this.flushed = batch.last;
    const live = this.#live;
    // From the last to the first: who falls behind changes places with one that has its batch already.
    for (let index = live.length - 1; index >= 0; index -= 1) {
      const member = live[index] as Member;
      if (member.take(batch)) continue;
      this.removeLive(member);
      fallen.push(member);
    }
  }
}
