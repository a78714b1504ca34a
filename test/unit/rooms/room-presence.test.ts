import assert from "node:assert/strict";
import { test } from "node:test";
import type { PresenceChange } from "../../../src/runtime/room.ts";
import { FakeOutlet, type FakeSession, framedSession, RoomsKit, turnOver } from "../../rooms-kit.ts";

/** A room whose comings and goings are written down in a few words. */
class Lobby {
  readonly kit: RoomsKit;
  readonly changes: PresenceChange[] = [];
  /** What whoever listens waits for before it wants to hear more. */
  busy: Promise<void> | undefined;

  constructor(limits: { readonly presenceLimit?: number } = {}) {
    this.kit = new RoomsKit({
      limits,
      onpresence: (change) => {
        this.changes.push(change);
        return this.busy;
      },
    });
  }

  /** Joins in this turn; the promise settles when the turn is over. */
  join(session: FakeSession): Promise<unknown> {
    return this.kit.rooms.join(session, session.run as object, "lobby", {});
  }

  leave(session: FakeSession): void {
    this.kit.rooms.leave("lobby", { session, run: session.run as object });
  }

  /** Ends the turn and gives what was told: `2 (1 away): +ann -bob away carl back dora`. */
  async told(): Promise<string[]> {
    await this.kit.settle();
    return this.changes.splice(0).map(tell);
  }

  members(): string[] {
    return this.kit.rooms.members("lobby").map(({ sessionId, away }) => (away ? `${sessionId} (away)` : sessionId));
  }
}

function tell({ count, awayCount, countsOnly, joined, left, away, back, members }: PresenceChange): string {
  const names = (sign: string, list: PresenceChange["joined"]) => list.map(({ sessionId }) => `${sign}${sessionId}`);
  const words = [...names("+", joined), ...names("-", left), ...names("away ", away), ...names("back ", back)];
  if (countsOnly) words.push("counts only");
  if (members !== undefined) words.push(`all: ${members.map(({ sessionId }) => sessionId).join(" ")}`);
  return `${count} (${awayCount} away): ${words.join(" ")}`;
}

function people(count: number): FakeSession[] {
  return Array.from({ length: count }, (_, index) => framedSession(`p${index + 1}`));
}

test("who comes, goes, is away and comes back is told once a turn", async () => {
  const lobby = new Lobby();
  const [ann, bob, carl] = [framedSession("ann"), framedSession("bob"), framedSession("carl")];
  for (const session of [ann, bob, carl]) void lobby.join(session);
  assert.deepEqual(await lobby.told(), ["3 (0 away): +ann +bob +carl"]);
  ann.cut();
  lobby.leave(carl);
  assert.deepEqual(await lobby.told(), ["2 (1 away): -carl away ann"]);
  ann.resume(new FakeOutlet());
  void lobby.join(carl);
  assert.deepEqual(await lobby.told(), ["3 (0 away): +carl back ann"]);
});

test("a member has the id and the identity of its session", async () => {
  const lobby = new Lobby();
  const ann = framedSession("ann", "ann@example.org");
  void lobby.join(ann);
  await lobby.kit.settle();
  const [{ joined } = assert.fail("nothing was told")] = lobby.changes;
  assert.deepEqual(joined, [{ sessionId: "ann", identity: "ann@example.org", away: false }]);
});

test("ten thousand who join in one turn are one change, with counts alone", async () => {
  const lobby = new Lobby();
  const crowd = people(10_000);
  const joins = crowd.map((session) => lobby.join(session));
  assert.deepEqual(await lobby.told(), ["10000 (0 away): counts only"]);
  await Promise.all(joins);
  for (const session of crowd.slice(0, 3_000)) session.cut();
  for (const session of crowd.slice(5_000)) lobby.leave(session);
  lobby.kit.clock.advance(1_000);
  assert.deepEqual(await lobby.told(), ["5000 (3000 away): counts only"]);
});

test("what changes back within a turn is not worth a word", async () => {
  const lobby = new Lobby();
  const [ann, bob, carl] = [framedSession("ann"), framedSession("bob"), framedSession("carl")];
  for (const session of [ann, bob]) void lobby.join(session);
  await lobby.told();
  // Another connection takes over; joins, comes and goes; goes and comes.
  ann.resume(new FakeOutlet());
  void lobby.join(ann);
  void lobby.join(carl);
  await turnOver();
  lobby.leave(carl);
  lobby.leave(bob);
  void lobby.join(bob);
  assert.deepEqual(await lobby.told(), []);
});

test("a session whose end has begun is gone, and that is told once", async () => {
  const lobby = new Lobby();
  const [ann, bob] = [framedSession("ann"), framedSession("bob")];
  for (const session of [ann, bob]) void lobby.join(session);
  await lobby.told();
  bob.cut();
  bob.end();
  assert.deepEqual(lobby.members(), ["ann"]);
  assert.deepEqual(await lobby.told(), ["1 (0 away): -bob"]);
  lobby.kit.rooms.leaveAll(bob);
  assert.deepEqual(await lobby.told(), []);
});

test("the last one's leaving is told, too, and the next one's coming after it", async () => {
  const lobby = new Lobby();
  const [ann, bob] = [framedSession("ann"), framedSession("bob")];
  void lobby.join(ann);
  await lobby.told();
  lobby.leave(ann);
  void lobby.join(bob);
  assert.deepEqual(await lobby.told(), ["1 (0 away): +bob -ann"]);
  lobby.leave(bob);
  assert.deepEqual(await lobby.told(), ["0 (0 away): -bob"]);
});

test("whoever comes from a record is back when the handler runs, and not before", async () => {
  const lobby = new Lobby();
  const ann = framedSession("ann");
  const { run, outlet } = ann;
  ann.run = undefined;
  ann.outlet = undefined;
  lobby.kit.rooms.restore(ann, [{ room: "lobby", epoch: 1, cursor: 0 }]);
  assert.deepEqual(lobby.members(), []);
  ann.resume(outlet as FakeOutlet);
  assert.deepEqual(await lobby.told(), []);
  ann.run = run;
  for (const stream of ann.streams.values()) stream.onPresence();
  assert.deepEqual(await lobby.told(), ["1 (0 away): back ann"]);
});

test("one who comes from a record and is not taken up is nobody's loss", async () => {
  const lobby = new Lobby();
  const ann = framedSession("ann");
  ann.run = undefined;
  ann.outlet = undefined;
  lobby.kit.rooms.restore(ann, [{ room: "lobby", epoch: 1, cursor: 0 }]);
  await lobby.told();
  lobby.kit.rooms.leaveAll(ann);
  assert.deepEqual(await lobby.told(), []);
});

test("above the limit there are counts alone, once a second; below it everybody is named again", async () => {
  const lobby = new Lobby({ presenceLimit: 3 });
  const crowd = people(5);
  for (const session of crowd.slice(0, 3)) void lobby.join(session);
  assert.deepEqual(await lobby.told(), ["3 (0 away): +p1 +p2 +p3"]);
  void lobby.join(crowd[3] as FakeSession);
  assert.deepEqual(await lobby.told(), ["4 (0 away): counts only"]);
  crowd[0]?.cut();
  assert.deepEqual(await lobby.told(), [], "within the second");
  void lobby.join(crowd[4] as FakeSession);
  await turnOver();
  lobby.kit.clock.advance(1_000);
  assert.deepEqual(await lobby.told(), ["5 (1 away): counts only"]);
  for (const session of crowd.slice(2)) lobby.leave(session);
  lobby.kit.clock.advance(1_000);
  assert.deepEqual(await lobby.told(), ["2 (1 away): all: p1 p2"]);
  crowd[0]?.resume(new FakeOutlet());
  assert.deepEqual(await lobby.told(), ["2 (0 away): back p1"]);
});

test("counts that are as they were are not told", async () => {
  const lobby = new Lobby({ presenceLimit: 1 });
  const crowd = people(4);
  for (const session of crowd.slice(0, 3)) void lobby.join(session);
  await lobby.told();
  lobby.kit.clock.advance(1_000);
  void lobby.join(crowd[3] as FakeSession);
  await turnOver();
  lobby.leave(crowd[0] as FakeSession);
  assert.deepEqual(await lobby.told(), []);
});

test("a limit of nothing names nobody, ever", async () => {
  const lobby = new Lobby({ presenceLimit: 0 });
  const ann = framedSession("ann");
  void lobby.join(ann);
  assert.deepEqual(await lobby.told(), ["1 (0 away): counts only"]);
});

test("where more happens in a turn than there may be members, everybody is named instead", async () => {
  const lobby = new Lobby({ presenceLimit: 3 });
  const crowd = people(5);
  for (const session of crowd) {
    void lobby.join(session);
    await turnOver();
    lobby.leave(session);
  }
  void lobby.join(crowd[2] as FakeSession);
  assert.deepEqual(await lobby.told(), ["1 (0 away): all: p3"]);
});

test("while whoever listens is busy, changes are put together", async () => {
  const lobby = new Lobby();
  let ready = (): void => {};
  lobby.busy = new Promise((resolve) => {
    ready = resolve;
  });
  const [ann, bob, carl] = [framedSession("ann"), framedSession("bob"), framedSession("carl")];
  void lobby.join(ann);
  assert.deepEqual(await lobby.told(), ["1 (0 away): +ann"]);
  void lobby.join(bob);
  void lobby.join(carl);
  await lobby.kit.settle();
  lobby.leave(bob);
  ann.cut();
  assert.deepEqual(await lobby.told(), []);
  lobby.busy = undefined;
  ready();
  assert.deepEqual(await lobby.told(), ["2 (1 away): +carl away ann"]);
});

test("whoever has read the list before a change was told hears of it also when it has changed back", async () => {
  const lobby = new Lobby();
  const [ann, bob] = [framedSession("ann"), framedSession("bob")];
  void lobby.join(ann);
  await lobby.told();
  ann.cut();
  void lobby.join(bob);
  await turnOver();
  assert.deepEqual(lobby.members(), ["ann (away)", "bob"]);
  ann.resume(new FakeOutlet());
  lobby.leave(bob);
  assert.deepEqual(await lobby.told(), ["1 (0 away): -bob back ann"]);
});

test("those who are there are told before the newcomer is given anything, and its own coming is not for itself", async () => {
  const kit = new RoomsKit({
    onpresence: ({ joined }, room) =>
      room.send(`hello ${joined.map(({ sessionId }) => sessionId).join()}`, { ephemeral: true }),
  });
  const [ann, bob] = [framedSession("ann"), framedSession("bob")];
  void kit.rooms.join(ann, ann.run as object, "lobby", {});
  await kit.settle();
  ann.outlet?.takeFrames();
  const order: string[] = [];
  void kit.rooms.join(bob, bob.run as object, "lobby", {}).then((room) => {
    order.push(...(ann.outlet?.takeStory() ?? []), "joined");
    return room.send("and bob says so");
  });
  await kit.settle();
  assert.deepEqual(order, ["entry 0 hello bob", "joined"]);
  assert.deepEqual(ann.outlet?.takeStory(), ["entry 1 and bob says so"]);
  assert.deepEqual(bob.outlet?.takeStory(), ["joined lobby at 0", "entry 1 and bob says so"]);
  const [first] = ann.outlet?.shared ?? [];
  assert.ok(first !== undefined, "presence goes in a buffer that is everybody's");
});

test("what a listener throws, or rejects with, is published, and nothing ends", async () => {
  let calls = 0;
  const kit = new RoomsKit({
    onpresence: () => {
      calls += 1;
      if (calls === 1) throw new Error("no good");
      return Promise.reject(new Error("no better"));
    },
  });
  const [ann, bob] = [framedSession("ann"), framedSession("bob")];
  for (const session of [ann, bob]) {
    void kit.rooms.join(session, session.run as object, "lobby", {});
    await kit.settle();
  }
  const errors = kit.emitted.map((event) => (event.name === "room-error" ? String(event.error) : event.name));
  assert.deepEqual(errors, ["Error: no good", "Error: no better"]);
});

test("a server that goes away tells of nobody that he left", async () => {
  const lobby = new Lobby();
  const [ann, bob] = [framedSession("ann"), framedSession("bob")];
  for (const session of [ann, bob]) void lobby.join(session);
  await lobby.told();
  lobby.kit.rooms.stopPresence();
  ann.end();
  lobby.kit.rooms.leaveAll(ann);
  assert.deepEqual(await lobby.told(), []);
});
