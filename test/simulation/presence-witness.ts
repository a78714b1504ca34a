import type { PresenceChange, RoomMember } from "../../src/runtime/room.ts";
import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { TestServer } from "../../src/testing/test-server.ts";
import type { Violations } from "./violations.ts";

/** How long whoever is told may take before it wants to hear more, and how often somebody looks for himself. */
const BUSY_MS = 60;
const LOOK_MS = 15;
/** Everybody is in it. */
const ROOM = "A";

/** Ids of members, and whether they are away; `undefined` for who knows no more than how many there are. */
type Known = Map<string, boolean> | undefined;

/** Keeps lists of who is in a room, as applications would, from nothing but what it is told. */
export class PresenceWitness {
  readonly #server: () => TestServer;
  readonly #random: SeededRandom;
  readonly #violations: () => Violations;
  readonly #presenceLimit: number;
  /** The server process that the lists are about. */
  #run: unknown;
  #told: Known = new Map();
  #counts = { count: 0, awayCount: 0 };
  /** Lists that were begun by looking who is there, at any moment. */
  #looked: Known[] = [];

  constructor(
    server: () => TestServer,
    random: SeededRandom,
    violations: () => Violations,
    { presenceLimit }: { readonly presenceLimit: number },
  ) {
    this.#presenceLimit = presenceLimit;
    this.#server = server;
    this.#random = random;
    this.#violations = violations;
  }

  /** Looks who is there, now and then, until `isOver`. */
  look(isOver: () => boolean): void {
    const server = this.#server();
    server.clock.setTimer(
      () => {
        if (isOver()) return;
        this.#followRun();
        const members = server.room(ROOM).members();
        // Of larger rooms nobody is named who comes or goes.
        if (members.length <= this.#presenceLimit) this.#looked.push(listOf(members));
        this.look(isOver);
      },
      this.#random.between(0, LOOK_MS),
    );
  }

  readonly onpresence = (change: PresenceChange, { name }: { readonly name: string }): unknown => {
    const server = this.#server();
    if (name === ROOM) {
      this.#followRun();
      this.#judgeWords(change);
      this.#told = fold(this.#told, change);
      this.#looked = this.#looked.map((list) => fold(list, change));
      this.#counts = { count: change.count, awayCount: change.awayCount };
      this.#compare("when it was told", listOf(server.room(ROOM).members()) ?? new Map());
    }
    return this.#random.chance(0.3) ? server.clock.sleep(this.#random.between(0, BUSY_MS)) : undefined;
  };

  /** What one server process has told says nothing about the next. */
  #followRun(): void {
    const { run } = this.#server();
    if (run === this.#run) return;
    this.#run = run;
    this.#told = new Map();
    this.#counts = { count: 0, awayCount: 0 };
    this.#looked = [];
  }

  #judgeWords({ joined, left, away, back }: PresenceChange): void {
    const violations = this.#violations();
    const { server } = this.#server().run;
    for (const { sessionId } of joined) {
      if (this.#told?.has(sessionId)) violations.add("presence: a member joined again", sessionId);
    }
    for (const { sessionId } of left) {
      const session = server.get(sessionId);
      if (session?.isEnding === false)
        violations.add("presence: a session that lives was told to have left", sessionId);
    }
    for (const { sessionId } of [...joined, ...back]) {
      if (joined.concat(back).filter((member) => member.sessionId === sessionId).length > 1) {
        violations.add("presence: somebody came twice at once", sessionId);
      }
    }
    for (const { sessionId } of away) {
      if (server.get(sessionId)?.status !== "detached") violations.add("presence: one who is here is away", sessionId);
    }
  }

  /** Nothing happens any more, and everything has been told: the lists are what is. */
  judge(): void {
    this.#followRun();
    const there = new Map<string, boolean>();
    for (const { id, status, isEnding } of this.#server().run.server.sessions) {
      if (!isEnding) there.set(id, status === "detached");
    }
    this.#compare("in the end", there);
    for (const list of this.#looked) {
      if (list !== undefined && spell(list) !== spell(there)) {
        this.#violations().add("presence: who looked once, and then listened, is wrong", differ(list, there));
      }
    }
  }

  #compare(when: string, there: ReadonlyMap<string, boolean>): void {
    const violations = this.#violations();
    const awayCount = [...there.values()].filter((isAway) => isAway).length;
    if (this.#counts.count !== there.size || this.#counts.awayCount !== awayCount) {
      const { count } = this.#counts;
      violations.add(`presence: the counts were wrong ${when}`, `${count} of ${there.size}, ${awayCount} away`);
    }
    if (this.#told !== undefined && spell(this.#told) !== spell(there)) {
      violations.add(`presence: the list was wrong ${when}`, differ(this.#told, there));
    }
  }
}

function listOf(members: readonly RoomMember[]): Known {
  return new Map(members.map(({ sessionId, away }) => [sessionId, away]));
}

function fold(known: Known, { countsOnly, members, joined, left, away, back }: PresenceChange): Known {
  if (countsOnly) return undefined;
  if (members !== undefined) return listOf(members);
  for (const member of [...joined, ...away, ...back]) known?.set(member.sessionId, member.away);
  for (const { sessionId } of left) known?.delete(sessionId);
  return known;
}

function spell(list: ReadonlyMap<string, boolean>): string {
  return [...list]
    .map(([id, isAway]) => `${id}${isAway ? " (away)" : ""}`)
    .sort()
    .join(", ");
}

function differ(said: ReadonlyMap<string, boolean>, there: ReadonlyMap<string, boolean>): string {
  return `said: ${spell(said)}; there: ${spell(there)}`;
}
