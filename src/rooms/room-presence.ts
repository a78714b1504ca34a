import type { Clock } from "../runtime/deadlines.ts";
import type { Emit, RoomSession } from "../runtime/ports.ts";
import type { PresenceChange, RoomMember } from "../runtime/room.ts";
import type { BroadcastRoom } from "./room-handle.ts";
import type { TurnQueue, TurnTask } from "./turn-queue.ts";

/** Told how who is in a room has changed, and given the room, to tell it on. */
export type OnPresence = (change: PresenceChange, room: BroadcastRoom) => unknown;

/** Counts go out this often at the most: everybody in a room of very many gets them. */
const COUNTS_EVERY_MS = 1_000;

const NONE: readonly RoomMember[] = [];
const UNNAMED = { joined: NONE, left: NONE, away: NONE, back: NONE } as const;

export interface PresenceEnvironment {
  readonly onpresence: OnPresence;
  /** Above so many members nobody is named. */
  readonly limit: number;
  readonly clock: Clock;
  readonly queue: TurnQueue;
  readonly emit: Emit;
  broadcast(room: string): BroadcastRoom;
  membersOf(room: string): ReadonlyMap<RoomSession, { readonly isRestored: boolean }>;
}

/**
 * A session as others in its rooms see it; `undefined` when it is not there: its end has begun, or it comes from its
 * record and no handler runs for it yet.
 */
export function presentMember({ id, identity, outlet, run, isEnding }: RoomSession): RoomMember | undefined {
  if (isEnding || run === undefined) return undefined;
  return { sessionId: id, identity, away: outlet === undefined };
}

/** What has been told about one room, and whether there is more to tell. */
export class RoomPresence implements TurnTask {
  readonly #env: PresenceEnvironment;
  readonly #room: string;
  readonly #forget: () => void;
  /** Who was told to be there; `undefined`: nobody was named. */
  #named: Map<RoomSession, RoomMember> | undefined = new Map();
  #count = 0;
  #awayCount = 0;
  /** While members are named: about whom there may be something to tell. */
  readonly #noted = new Set<RoomSession>();
  #hasChanged = false;
  /** Somebody has seen what was not told yet, and is to hear of it even when it has changed back. */
  #wasRead = false;
  #isTelling = false;
  #countedAt = Number.NEGATIVE_INFINITY;
  #timer: unknown;

  /** `forget` is called when nobody is there any more, and everybody knows. */
  constructor(env: PresenceEnvironment, room: string, forget: () => void) {
    this.#env = env;
    this.#room = room;
    this.#forget = forget;
  }

  note(session: RoomSession): void {
    this.#hasChanged = true;
    if (this.#named === undefined) return;
    this.#noted.add(session);
    // So much has happened that it is shorter to name everybody, or nobody.
    if (this.#noted.size > this.#env.limit) this.#nameNobody();
  }

  onRead(): void {
    this.#wasRead ||= this.#hasChanged;
  }

  onTurnEnd(): void {
    if (!this.#hasChanged || this.#isTelling || this.#timer !== undefined) return;
    const { clock } = this.#env;
    const waitMs = this.#countedAt + COUNTS_EVERY_MS - clock.now();
    if (waitMs > 0) this.#timer = clock.setTimer(this.#onTimer, waitMs);
    else void this.#tell();
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined;
    this.onTurnEnd();
  };

  async #tell(): Promise<void> {
    const { onpresence, emit, queue } = this.#env;
    const change = this.#takeChange();
    this.#isTelling = true;
    try {
      if (change !== undefined) await onpresence(change, this.#env.broadcast(this.#room));
    } catch (error) {
      emit({ name: "room-error", room: this.#room, error });
    }
    this.#isTelling = false;
    if (this.#hasChanged) queue.add(this);
    else if (this.#count === 0) this.#forget();
  }

  stop(): void {
    this.#hasChanged = false;
    this.#env.clock.clearTimer(this.#timer);
  }

  /** What there is to tell; `undefined` when everything has changed back. */
  #takeChange(): PresenceChange | undefined {
    const { limit } = this.#env;
    const [count, awayCount] = [this.#count, this.#awayCount];
    this.#countMembers();
    this.#hasChanged = false;
    if (this.#count <= limit) return this.#named === undefined ? this.#nameAll() : this.#nameNoted(this.#named);
    const isSame = this.#count === count && this.#awayCount === awayCount;
    const isKnown = this.#named === undefined && isSame && !this.#wasRead;
    this.#nameNobody();
    if (isKnown) return undefined;
    this.#countedAt = this.#env.clock.now();
    return this.#changeWith({});
  }

  #countMembers(): void {
    this.#count = 0;
    this.#awayCount = 0;
    for (const session of this.#env.membersOf(this.#room).keys()) {
      const member = presentMember(session);
      if (member === undefined) continue;
      this.#count += 1;
      if (member.away) this.#awayCount += 1;
    }
  }

  #changeWith(names: Partial<PresenceChange>): PresenceChange {
    const counts = { count: this.#count, awayCount: this.#awayCount, countsOnly: this.#named === undefined };
    return { ...counts, ...UNNAMED, members: undefined, ...names };
  }

  #nameNobody(): void {
    this.#named = undefined;
    this.#noted.clear();
    this.#wasRead = false;
  }

  #nameAll(): PresenceChange {
    const named = new Map<RoomSession, RoomMember>();
    for (const session of this.#env.membersOf(this.#room).keys()) {
      const member = presentMember(session);
      if (member !== undefined) named.set(session, member);
    }
    this.#named = named;
    return this.#changeWith({ members: [...named.values()] });
  }

  #nameNoted(named: Map<RoomSession, RoomMember>): PresenceChange | undefined {
    const members = this.#env.membersOf(this.#room);
    const joined: RoomMember[] = [];
    const left: RoomMember[] = [];
    const away: RoomMember[] = [];
    const back: RoomMember[] = [];
    for (const session of this.#noted) {
      const before = named.get(session);
      const membership = members.get(session);
      const now = membership === undefined ? undefined : presentMember(session);
      if (now === undefined) {
        named.delete(session);
        if (before !== undefined) left.push(before);
        else if (this.#wasRead) left.push({ sessionId: session.id, identity: session.identity, away: true });
        continue;
      }
      named.set(session, now);
      if (before === undefined && membership?.isRestored !== true) joined.push(now);
      else if (before?.away !== now.away || this.#wasRead) (now.away ? away : back).push(now);
    }
    this.#noted.clear();
    this.#wasRead = false;
    if (joined.length + left.length + away.length + back.length === 0) return undefined;
    return this.#changeWith({ joined, left, away, back });
  }
}
