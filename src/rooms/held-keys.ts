import type { Broker } from "../broker/broker.ts";
import type { Clock } from "../runtime/deadlines.ts";
import type { Emit, RoomSession } from "../runtime/ports.ts";
import type { Turn } from "../runtime/turn.ts";

/** How often a key is renewed before it would expire: when the server is killed, most of its life is still to come. */
const RENEWALS_PER_LIFE = 4;

/** The turns of one session whose sends may be repeated. */
interface Held {
  /** What its handlers did before their first message: a handler that starts again does it again, whenever that is. */
  readonly first: Set<Turn>;
  /** Messages that are not acknowledged, oldest first. */
  readonly turns: Turn[];
}

/**
 * Keeps idempotency keys known for as long as their message may be handled again: those of unacknowledged messages, and
 * of what came before the first message, live as long as their session. All others expire by themselves.
 */
export class HeldKeys {
  readonly #broker: Broker;
  readonly #clock: Clock;
  readonly #emit: Emit;
  /** How long a key is known after it was used, or renewed. */
  readonly keepKeyMs: number;
  readonly #held = new Map<RoomSession, Held>();
  #timer: unknown;

  /** `leastMs`: for how long a key has to be known after the server's death. */
  constructor(broker: Broker, clock: Clock, leastMs: number, emit: Emit) {
    this.#broker = broker;
    this.#clock = clock;
    this.keepKeyMs = (leastMs * RENEWALS_PER_LIFE) / (RENEWALS_PER_LIFE - 1);
    this.#emit = emit;
  }

  /** The key of the turn's next send to this room. */
  keyOf(session: RoomSession, turn: Turn, room: string): string {
    this.#hold(session, turn);
    return nameKey(session, turn, room, turn.countRoomSend(room));
  }

  /** The session has ended: nothing of it happens again. */
  forget(session: RoomSession): void {
    this.#held.delete(session);
    if (this.#held.size === 0) this.close();
  }

  close(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #hold(session: RoomSession, turn: Turn): void {
    let held = this.#held.get(session);
    if (held === undefined) {
      held = { first: new Set(), turns: [] };
      this.#held.set(session, held);
      this.#timer ??= this.#clock.setTimer(() => this.#renew(), this.keepKeyMs / RENEWALS_PER_LIFE);
    }
    if (turn.isFirst) {
      held.first.add(turn);
    } else if (held.turns.at(-1) !== turn) {
      letGo(held.turns);
      held.turns.push(turn);
    }
  }

  #renew(): void {
    this.#timer = this.#clock.setTimer(() => this.#renew(), this.keepKeyMs / RENEWALS_PER_LIFE);
    const keys = new Map<string, string[]>();
    for (const [session, { first, turns }] of this.#held) {
      letGo(turns);
      for (const turn of [...first, ...turns]) addKeys(keys, session, turn);
    }
    for (const [room, names] of keys) {
      this.#broker.renewKeys(room, names, this.keepKeyMs).catch((error: unknown) => {
        this.#emit({ name: "room-error", room, error });
      });
    }
  }
}

/** What is finished and settled is acknowledged, or will be before its keys expire. */
function letGo(turns: Turn[]): void {
  while (turns[0]?.message?.finished === true && turns[0].message.unsettled === 0) turns.shift();
}

function addKeys(keys: Map<string, string[]>, session: RoomSession, turn: Turn): void {
  for (const [room, count] of turn.roomSends) {
    const names = keys.get(room) ?? [];
    for (let place = 1; place <= count; place += 1) names.push(nameKey(session, turn, room, place));
    keys.set(room, names);
  }
}

function nameKey(session: RoomSession, turn: Turn, room: string, place: number): string {
  return `${session.id}/${turn.sequence}/${room}/${place}`;
}
