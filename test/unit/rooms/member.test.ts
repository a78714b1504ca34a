import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import type { Room } from "../../../src/runtime/room.ts";
import type { OfferedCursor } from "../../../src/session/ports.ts";
import { FakeOutlet, FakeSession, FaultyBroker, framedSession, RoomsKit } from "../../rooms-kit.ts";

const KIB = 1_024;

interface Joined {
  readonly kit: RoomsKit;
  readonly ann: FakeSession;
  readonly lobby: Room;
  /** What its client would list in OPEN, having received everything up to `cursor`. */
  readonly listed: (cursor: number) => OfferedCursor;
}

async function join(kit = new RoomsKit(), ann = framedSession("ann")): Promise<Joined> {
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  const joined = ann.outlet?.takeFrames()[0];
  const { name, epoch, ticket } = joined?.type === FrameType.joined ? joined : { name: "lobby", epoch: 0, ticket: "" };
  return { kit, ann, lobby, listed: (cursor) => ({ name, epoch, cursor, ticket }) };
}

async function send(kit: RoomsKit, lobby: Room, ...texts: string[]): Promise<void> {
  for (const text of texts) await lobby.send(text);
  await kit.settle();
}

test("who does not drain falls behind, holds nothing, and catches up when it has drained", async () => {
  const { kit, ann, lobby } = await join();
  const outlet = ann.outlet as FakeOutlet;
  outlet.backlogBytes = 65 * KIB;
  for (let n = 1; n <= 300; n += 1) await send(kit, lobby, `entry ${n}`);
  assert.equal(outlet.shared.length, 0);
  outlet.backlogBytes = 0;
  ann.drained();
  await kit.settle();
  const story = outlet.takeStory();
  assert.equal(story.length, 300);
  assert.deepEqual([story[0], story[299]], ["entry 1 entry 1", "entry 300 entry 300"]);
  assert.equal(outlet.shared.length, 3, "in pages, not one by one");
  await send(kit, lobby, "live again");
  assert.deepEqual(outlet.takeStory(), ["entry 301 live again"]);
});

test("a page waits until the one before has drained", async () => {
  const { kit, ann, lobby } = await join();
  const outlet = ann.outlet as FakeOutlet;
  outlet.backlogBytes = 65 * KIB;
  for (let n = 1; n <= 10; n += 1) await send(kit, lobby, "x".repeat(30 * KIB));
  outlet.backlogBytes = 0;
  const share = outlet.share.bind(outlet);
  outlet.share = (bytes) => {
    share(bytes);
    outlet.backlogBytes = 65 * KIB;
  };
  ann.drained();
  await kit.settle();
  assert.equal(outlet.takeFrames().length, 2);
  outlet.backlogBytes = 0;
  ann.drained();
  await kit.settle();
  assert.equal(outlet.takeFrames().length, 2);
});

test("outside its window it gets nothing; an acknowledgement opens it", async () => {
  const ann = framedSession("ann");
  ann.windowMessages = 4;
  const { kit, lobby } = await join(new RoomsKit(), ann);
  for (const text of ["1", "2", "3", "4", "5", "6"]) await send(kit, lobby, text);
  assert.deepEqual(ann.outlet?.takeStory(), ["entry 1 1", "entry 2 2", "entry 3 3", "entry 4 4"]);
  ann.acknowledge(1, 2);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["entry 5 5", "entry 6 6"]);
});

test("an acknowledgement of more than was written is one of what was written", async () => {
  const { kit, ann, lobby } = await join();
  await send(kit, lobby, "one");
  ann.acknowledge(1, 1_000_000);
  const [stream] = ann.streams.values();
  assert.equal(stream?.acknowledged, 1);
  await send(kit, lobby, "two");
  ann.resume(new FakeOutlet());
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 1", "entry 2 two"]);
});

test("when the session's window is full, a room that waits goes on as soon as another was acknowledged", async () => {
  const ann = framedSession("ann");
  ann.sessionWindowBytes = 100;
  const { kit, lobby } = await join(new RoomsKit(), ann);
  const other = await kit.rooms.join(ann, ann.run as object, "other", {});
  ann.outlet?.takeFrames();
  await send(kit, lobby, "x".repeat(80));
  await send(kit, other, "y".repeat(80));
  assert.equal(ann.outlet?.takeFrames().length, 1);
  ann.acknowledge(1, 1);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), [`entry 1 ${"y".repeat(80)}`]);
});

test("a client that did not hear that it had joined starts at what it had acknowledged", async () => {
  const { kit, ann, lobby } = await join();
  await send(kit, lobby, "one", "two");
  ann.acknowledge(1, 1);
  ann.resume(new FakeOutlet());
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 1", "entry 2 two"]);
});

test("a cursor without its ticket is not believed: what the client may miss is a gap", async () => {
  const { kit, ann, lobby, listed } = await join();
  await send(kit, lobby, "one", "two", "three");
  ann.acknowledge(1, 2);
  ann.resume(new FakeOutlet(), [{ ...listed(1), ticket: "0.forged" }]);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 2", "gap 2-2 policy", "entry 3 three"]);
});

test("a cursor before the ticket's position is not believed either", async () => {
  const kit = new RoomsKit();
  await kit.rooms.broadcast("lobby").send("not for ann");
  const { ann, listed } = await join(kit);
  ann.resume(new FakeOutlet(), [listed(0)]);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 1", "gap 1-1 policy"]);
});

test("what was sent while it was out of the room is not for a member that came back", async () => {
  const { kit, ann, lobby, listed } = await join();
  ann.cut();
  await lobby.leave();
  await kit.rooms.broadcast("lobby").send("behind its back");
  await kit.rooms.join(ann, ann.run as object, "lobby", {});
  ann.resume(new FakeOutlet(), [listed(0)]);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 1", "gap 1-1 policy"]);
});

test("an acknowledgement from an earlier stay does not count for where it starts again", async () => {
  const { kit, ann, lobby } = await join();
  await send(kit, lobby, "one", "two", "three");
  await lobby.leave();
  const again = await kit.rooms.join(ann, ann.run as object, "lobby", { last: 2 });
  // Written before the client had heard of anything.
  ann.acknowledge(1, 3);
  await send(kit, again, "four");
  ann.resume(new FakeOutlet());
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 1", "entry 2 two", "entry 3 three", "entry 4 four"]);
});

test("a log that is another one by now is a gap of which nobody knows the end", async () => {
  const { kit, ann, lobby, listed } = await join();
  await send(kit, lobby, "one");
  ann.resume(new FakeOutlet(), [{ ...listed(40), epoch: 12_345 }]);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0", "gap 41-0 log-replaced", "entry 1 one"]);
});

for (const form of ["bowline", "bowline-websocket"] as const) {
  test(`what was trimmed while it was away is a gap, exactly: ${form}`, async () => {
    const kit = new RoomsKit({ memory: { retention: { maxEntries: 2 } } });
    const { ann, lobby, listed } = await join(kit, new FakeSession("ann", new FakeOutlet(form)));
    await send(kit, lobby, "one");
    ann.cut();
    await fillTail(kit, lobby);
    await send(kit, lobby, "second to last", "last");
    ann.resume(new FakeOutlet(form), [listed(1)]);
    await kit.settle();
    const story = ann.outlet?.takeStory() ?? [];
    assert.deepEqual(story, ["joined lobby at 1", "gap 2-11 trimmed", "entry 12 second to last", "entry 13 last"]);
  });
}

/** Ten entries that push all others out of the room's memory. */
async function fillTail(kit: RoomsKit, lobby: Pick<Room, "send">): Promise<void> {
  for (let n = 0; n < 10; n += 1) await lobby.send("x".repeat(60 * KIB));
  await kit.settle();
}

test("a gap is a line to a plain terminal, and a message on bare WebSocket", async () => {
  for (const form of ["lines", "websocket"] as const) {
    const kit = new RoomsKit({ memory: { retention: { maxEntries: 2 } } });
    const { ann, lobby } = await join(kit, new FakeSession("ann", new FakeOutlet(form, "\r\n")));
    (ann.outlet as FakeOutlet).backlogBytes = 65 * KIB;
    await fillTail(kit, lobby);
    await send(kit, lobby, "nearly", "last");
    (ann.outlet as FakeOutlet).backlogBytes = 0;
    ann.drained();
    await kit.settle();
    const text = ann.outlet?.takeText() ?? "";
    const gap = "* messages 1 to 10 are missing (trimmed)";
    if (form === "lines") assert.equal(text, `${gap}\r\nnearly\r\nlast\r\n`);
    else assert.match(text, /^..\* messages 1 to 10 are missing \(trimmed\).+nearly.+last$/);
  }
});

test("between a lost connection and the next one's greeting nothing is written", async () => {
  const ann = framedSession("ann");
  ann.sessionWindowBytes = 100;
  const { kit, lobby, listed } = await join(new RoomsKit(), ann);
  const other = await kit.rooms.join(ann, ann.run as object, "other", {});
  await send(kit, lobby, "x".repeat(80));
  await send(kit, other, "y".repeat(80));
  // The resume of one room makes room for the other, which has not been resumed yet.
  ann.resume(new FakeOutlet(), [listed(0)]);
  const kinds = ann.outlet?.takeFrames().map(({ type }) => type);
  const { joined, entry } = FrameType;
  assert.deepEqual(kinds, [joined, entry, joined]);
});

test("a broker that fails is asked again, and reported", async () => {
  const broker = new FaultyBroker();
  for (const text of ["one", "two"]) await broker.append("lobby", [{ payload: text }]);
  const kit = new RoomsKit({ broker });
  broker.failing.add("read");
  const ann = framedSession("ann");
  await kit.rooms.join(ann, ann.run as object, "lobby", { after: 0 });
  await kit.settle();
  assert.deepEqual(
    kit.emitted.map(({ name }) => name),
    ["room-error"],
  );
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0"]);
  broker.failing.clear();
  kit.clock.advance(1_000);
  await kit.settle();
  assert.deepEqual(ann.outlet?.takeStory(), ["entry 1 one", "entry 2 two"]);
});
