import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { RoomError } from "../../../src/runtime/errors.ts";
import type { HistoryOptions } from "../../../src/runtime/room.ts";
import { FakeOutlet, FakeSession, FaultyBroker, framedSession, RoomsKit } from "../../rooms-kit.ts";

test("a member is told that it has joined, and gets what comes after", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  await kit.rooms.broadcast("lobby").send("before");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 1"]);
  await lobby.send("hello");
  await lobby.send("again");
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["entry 2 hello", "entry 3 again"]);
  assert.equal(ann.outlet?.shared.length, 1, "one turn's entries in one write");
});

test("who joins with the last ones gets them first", async () => {
  const kit = new RoomsKit();
  const lobby = kit.rooms.broadcast("lobby");
  for (const text of ["one", "two", "three"]) await lobby.send(text);
  const ann = framedSession("ann");
  await kit.rooms.join(ann, ann.run as object, "lobby", { last: 2 });
  await lobby.send("four");
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 1", "entry 2 two", "entry 3 three", "entry 4 four"]);
});

test("a connection that was cut loses nothing: the client's cursor counts, with its ticket", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  const [joined] = ann.outlet?.takeFrames() ?? [];
  assert.ok(joined?.type === FrameType.joined);
  await lobby.send("arrives");
  await kit.settle();
  await lobby.send("written, and lost with the connection");
  await kit.settle();
  ann.cut();
  await lobby.send("while it is away");
  await kit.settle();
  const { name, epoch, ticket } = joined;
  ann.resume(new FakeOutlet(), [{ name, epoch, cursor: 1, ticket }]);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), [
    "joined lobby at 1",
    "entry 2 written, and lost with the connection",
    "entry 3 while it is away",
  ]);
});

test("joining again changes nothing", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const run = ann.run as object;
  const [first] = await Promise.all([
    kit.rooms.join(ann, run, "lobby", {}),
    kit.rooms.join(ann, run, "lobby", { last: 10 }),
  ]);
  await first.send("once");
  await kit.rooms.join(ann, run, "lobby", { last: 10 });
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0", "entry 1 once"]);
  assert.equal(first.members().length, 1);
});

test("who joins in the turn in which something was sent does not get it", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const bob = framedSession("bob");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  await lobby.send("before bob");
  await kit.rooms.join(bob, bob.run as object, "lobby", {});
  await lobby.send("after bob");
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0", "entry 1 before bob", "entry 2 after bob"]);
  assert.deepEqual(bob.outlet?.takeStory(), ["joined lobby at 1", "entry 2 after bob"]);
});

test("one can join after any offset, and with more than there is", async () => {
  const kit = new RoomsKit();
  for (const text of ["one", "two", "three"]) await kit.rooms.broadcast("lobby").send(text);
  const starts: [options: { last?: number; after?: number }, at: number][] = [
    [{ after: 0 }, 0],
    [{ after: 2 }, 2],
    [{ after: 100 }, 3],
    [{ last: 1_000 }, 0],
    [{ last: 0 }, 3],
    [{ last: 2, after: 2 }, 2],
    [{ last: 1, after: 1 }, 2],
  ];
  for (const [options, at] of starts) {
    const ann = framedSession("ann");
    await kit.rooms.join(ann, ann.run as object, "lobby", options);
    assert.equal(ann.outlet?.takeStory()[0], `joined lobby at ${at}`, JSON.stringify(options));
  }
});

test("every wire form gets the same entries in one turn, encoded once for each", async () => {
  const kit = new RoomsKit();
  const forms = ["bowline", "bowline-websocket", "websocket", "lines"] as const;
  const sessions = [...forms, ...forms].map((form, n) => new FakeSession(`${form} ${n}`, new FakeOutlet(form, "\r\n")));
  for (const session of sessions) await kit.rooms.join(session, session.run as object, "lobby", {});
  for (const { outlet } of sessions) outlet?.takeBytes();
  await kit.rooms.broadcast("lobby").send({ text: "hi" }, { text: "ann: hi" });
  await kit.settle();
  for (const [index, form] of forms.entries()) {
    const [one, other] = [sessions[index]?.outlet, sessions[index + 4]?.outlet];
    assert.equal(one?.shared.length, 1);
    assert.equal(one?.shared[0], other?.shared[0], form);
  }
  assert.equal(sessions[3]?.outlet?.takeText(), "ann: hi\r\n");
  assert.deepEqual(sessions[0]?.outlet?.takeStory(), ['entry 1 {"text":"hi"}']);
  assert.deepEqual(sessions[1]?.outlet?.takeStory(), ['entry 1 {"text":"hi"}']);
});

test("what is ephemeral reaches who is live, and is nowhere else", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const bob = framedSession("bob");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  await kit.rooms.join(bob, bob.run as object, "lobby", {});
  bob.cut();
  await lobby.send("typing", { ephemeral: true });
  await kit.settle();
  bob.resume(new FakeOutlet());
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0", "entry 0 typing"]);
  assert.deepEqual(bob.outlet?.takeStory(), ["joined lobby at 0"]);
  assert.deepEqual(await lobby.history({ limit: 10 }), []);
});

test("who leaves is told, gets nothing more, and may come back", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const run = ann.run as object;
  const lobby = await kit.rooms.join(ann, run, "lobby", {});
  await lobby.leave();
  await lobby.leave();
  await lobby.send("without ann");
  await kit.rooms.join(ann, run, "lobby", { last: 1 });
  await kit.settle();
  const story = ["joined lobby at 0", "left lobby", "joined lobby at 0", "entry 1 without ann"];
  assert.deepEqual(ann.outlet?.takeStory(), story);
});

test("a room is forgotten with its last member, and its log is not", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const bob = framedSession("bob");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  await kit.rooms.join(bob, bob.run as object, "lobby", {});
  await lobby.send("still there");
  await lobby.leave();
  assert.equal(kit.rooms.size, 1);
  kit.rooms.leaveAll(bob);
  assert.deepEqual([kit.rooms.size, bob.streams.size, ann.streams.size], [0, 0, 0]);
  const carol = framedSession("carol");
  await kit.rooms.join(carol, carol.run as object, "lobby", { last: 5 });
  await kit.settle();
  const [joined] = carol.outlet?.takeFrames() ?? [];
  assert.ok(joined?.type === FrameType.joined);
  assert.equal(joined.alias, 2, "an alias is not used again");
});

test("a room that a handle only sends to is not kept", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  for (let n = 0; n < 100; n += 1) await kit.rooms.room(ann, ann.run as object, `room ${n}`).send("x");
  assert.equal(kit.rooms.size, 0);
});

test("a session is in so many rooms, and no more", async () => {
  const kit = new RoomsKit({ limits: { maxRoomsPerSession: 2 } });
  const ann = framedSession("ann");
  const run = ann.run as object;
  const joins = ["a", "b", "c"].map((name) => kit.rooms.join(ann, run, name, {}));
  const settled = await Promise.allSettled(joins);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ["fulfilled", "fulfilled", "rejected"],
  );
  assert.equal(kit.rooms.size, 2);
  await assert.rejects(kit.rooms.join(ann, run, "d", {}), RoomError);
});

test("the name of a room has 1 to 256 bytes", async () => {
  const { rooms } = new RoomsKit();
  const ann = framedSession("ann");
  const run = ann.run as object;
  for (const name of ["", "x".repeat(257), "é".repeat(129)]) {
    await assert.rejects(rooms.join(ann, run, name, {}), RoomError);
    assert.throws(() => rooms.room(ann, run, name), RoomError);
    assert.throws(() => rooms.broadcast(name), RoomError);
  }
  await rooms.join(ann, run, "é".repeat(128), {});
});

test("a session that ends while it joins is in no room; nor is one whose signal aborts", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const run = ann.run as object;
  const ending = kit.rooms.join(ann, run, "lobby", {});
  ann.isEnding = true;
  await assert.rejects(ending, /ann has ended/);
  ann.isEnding = false;
  const controller = new AbortController();
  const aborted = kit.rooms.join(ann, run, "lobby", { signal: controller.signal });
  controller.abort(new Error("no more"));
  await assert.rejects(aborted, /no more/);
  assert.deepEqual([kit.rooms.size, ann.streams.size], [0, 0]);
});

test("a join that the broker fails rejects; the next one tries again", async () => {
  const broker = new FaultyBroker();
  const kit = new RoomsKit({ broker });
  const ann = framedSession("ann");
  const run = ann.run as object;
  broker.failing.add("head");
  await assert.rejects(kit.rooms.join(ann, run, "lobby", {}), /on fire/);
  assert.equal(kit.rooms.size, 0);
  broker.failing.clear();
  await kit.rooms.join(ann, run, "lobby", {});
  assert.equal(kit.rooms.size, 1);
});

test("a cursor from an earlier session is honored with its ticket, once", async () => {
  const kit = new RoomsKit();
  const before = framedSession("before", "ann");
  const lobby = await kit.rooms.join(before, before.run as object, "lobby", {});
  const [joined] = before.outlet?.takeFrames() ?? [];
  assert.ok(joined?.type === FrameType.joined);
  for (const text of ["one", "two", "three"]) await lobby.send(text);
  kit.rooms.leaveAll(before);
  const { name, epoch, ticket } = joined;
  const after = framedSession("after", "ann");
  after.offered.set(name, { name, epoch, cursor: 1, ticket });
  const again = await kit.rooms.join(after, after.run as object, "lobby", { last: 50 });
  await kit.settle();
  await again.leave();
  await kit.rooms.join(after, after.run as object, "lobby", {});
  await kit.settle();
  assert.deepEqual(after.outlet?.takeStory(), [
    "joined lobby at 1",
    "entry 2 two",
    "entry 3 three",
    "left lobby",
    "joined lobby at 3",
  ]);
});

test("another's ticket opens nothing: who offers it starts like anybody, and is told what it misses", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann's", "ann");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  const [joined] = ann.outlet?.takeFrames() ?? [];
  assert.ok(joined?.type === FrameType.joined);
  for (const text of ["one", "two"]) await lobby.send(text);
  const eve = framedSession("eve's", "eve");
  const { name, epoch, ticket } = joined;
  eve.offered.set(name, { name, epoch, cursor: 0, ticket });
  await kit.rooms.join(eve, eve.run as object, "lobby", {});
  await kit.settle();
  assert.deepEqual(eve.outlet?.takeStory(), ["joined lobby at 2", "gap 1-2 policy"]);
});

test("sessions that are restored are members again, behind, and away", async () => {
  const kit = new RoomsKit();
  const lobby = kit.rooms.broadcast("lobby");
  for (const text of ["one", "two", "three"]) await lobby.send(text);
  const { epoch } = await kit.broker.head("lobby");
  const ann = new FakeSession<FakeOutlet>("ann", undefined);
  kit.rooms.restore(ann, [
    { room: "lobby", epoch, cursor: 1 },
    { room: "gone", epoch: 12_345, cursor: 9 },
  ]);
  assert.deepEqual(lobby.members(), [{ sessionId: "ann", identity: undefined, away: true }]);
  const outlet = new FakeOutlet();
  ann.resume(outlet);
  await kit.settle();
  assert.deepEqual(outlet.takeStory().toSorted(), [
    "entry 2 two",
    "entry 3 three",
    "gap 10-0 log-replaced",
    "joined gone at 0",
    "joined lobby at 1",
  ]);
  assert.equal(lobby.members()[0]?.away, false);
});

test("restored members wait for a broker that fails", async () => {
  const broker = new FaultyBroker();
  const kit = new RoomsKit({ broker });
  await kit.rooms.broadcast("lobby").send("one");
  const { epoch } = await broker.head("lobby");
  broker.failing.add("head");
  const ann = framedSession("ann");
  kit.rooms.restore(ann, [{ room: "lobby", epoch, cursor: 0 }]);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), []);
  assert.equal(kit.emitted[0]?.name, "room-error");
  broker.failing.clear();
  kit.clock.advance(1_000);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0", "entry 1 one"]);
});

test("history pages back from the newest, and on from anywhere, newest last", async () => {
  const kit = new RoomsKit();
  const lobby = kit.rooms.broadcast("lobby");
  for (let n = 1; n <= 10; n += 1) await lobby.send(String(n));
  const page = async (options: HistoryOptions): Promise<number[]> =>
    (await lobby.history(options)).map((entry) => Number(entry.text()));
  assert.deepEqual(await page({ limit: 3 }), [8, 9, 10]);
  assert.deepEqual(await page({ limit: 3, before: 8 }), [5, 6, 7]);
  assert.deepEqual(await page({ limit: 3, after: 2 }), [3, 4, 5]);
  assert.deepEqual(await page({ limit: 9, after: 2, before: 5 }), [3, 4]);
  assert.deepEqual(await page({ limit: 3, before: 1 }), []);
  assert.deepEqual(await kit.rooms.broadcast("nobody was here").history({ limit: 3 }), []);
});

test("search finds the newest entries with all the words, oldest first", async () => {
  const kit = new RoomsKit();
  const lobby = kit.rooms.broadcast("lobby");
  for (const text of ["The quick fox", "a lazy dog", "a fox, lazy", "Foxes"]) await lobby.send({ text }, { text });
  const found = async (words: string, limit: number): Promise<string[]> =>
    (await lobby.search(words, { limit })).map((entry) => (entry.json() as { text: string }).text);
  assert.deepEqual(await found("fox", 10), ["The quick fox", "a fox, lazy", "Foxes"]);
  assert.deepEqual(await found("LAZY fox", 10), ["a fox, lazy"]);
  assert.deepEqual(await found("fox", 1), ["Foxes"]);
  assert.deepEqual(await found("bear", 10), []);
});

test("a server that closes its rooms follows nothing any more", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  await kit.rooms.join(ann, ann.run as object, "lobby", {});
  ann.outlet?.takeFrames();
  kit.rooms.close();
  await kit.broker.append("lobby", [{ payload: "too late" }]);
  await kit.settle();
  assert.deepEqual([ann.outlet?.takeStory(), kit.rooms.size], [[], 0]);
});

test("who asks for what comes after an offset beyond the head gets what comes next", async () => {
  for (const after of [100, 1e18, Infinity]) {
    for (const last of [0, 5]) {
      const kit = new RoomsKit();
      const ann = framedSession("ann");
      const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", { after, last });
      await lobby.send("next");
      await kit.settle();
      assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0", "entry 1 next"]);
    }
  }
});

test("a join refuses numbers and names that cannot be", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const run = ann.run as object;
  for (const number of [-1, Number.NaN]) {
    await assert.rejects(kit.rooms.join(ann, run, "lobby", { after: number }), RangeError);
    await assert.rejects(kit.rooms.join(ann, run, "lobby", { last: number }), RangeError);
  }
  await assert.rejects(kit.rooms.join(ann, run, 5 as unknown as string, {}), TypeError);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), []);
});

test("who leaves has first what was sent before", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  ann.outlet?.takeStory();
  await lobby.send("goodbye");
  await lobby.leave();
  await lobby.send("afterwards");
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["entry 1 goodbye", "left lobby"]);
});
