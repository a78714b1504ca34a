import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeOutlet, FakeSession, framedSession, RoomsKit } from "../../rooms-kit.ts";

async function crowd(kit: RoomsKit, size: number): Promise<FakeSession[]> {
  const sessions = Array.from({ length: size }, (_, index) => framedSession(`s${index}`));
  for (const session of sessions) {
    await kit.rooms.join(session, session.run as object, "lobby", {});
    session.outlet?.takeFrames();
  }
  return sessions;
}

test("one turn's entries go as one buffer, the same for everybody", async () => {
  const kit = new RoomsKit();
  const sessions = await crowd(kit, 20);
  const lobby = kit.rooms.broadcast("lobby");
  for (let n = 0; n < 100; n += 1) await lobby.send(`entry ${n}`);
  await kit.settle();
  const buffers = new Set(sessions.flatMap(({ outlet }) => outlet?.shared ?? []));
  assert.equal(buffers.size, 1);
  assert.ok(sessions.every(({ outlet }) => outlet?.takeFrames().length === 100));
});

test("a busy turn's entries go in batches of 128, and of 64 KiB", async () => {
  const kit = new RoomsKit();
  const [ann] = await crowd(kit, 1);
  const lobby = kit.rooms.broadcast("lobby");
  for (let n = 0; n < 300; n += 1) await lobby.send("x");
  await kit.settle();
  assert.equal(ann?.outlet?.shared.length, 3);
  for (let n = 0; n < 4; n += 1) await lobby.send("x".repeat(30_000));
  await kit.settle();
  assert.equal(ann?.outlet?.shared.length, 5);
  assert.equal(ann?.outlet?.takeFrames().length, 304);
});

test("whoever falls behind, all others get every entry, in order", async () => {
  const kit = new RoomsKit();
  const sessions = await crowd(kit, 30);
  const lobby = kit.rooms.broadcast("lobby");
  for (let n = 1; n <= 60; n += 1) {
    // In each turn another third of them does not drain, and the third before drains again.
    const stuck = sessions.filter((_, index) => (index * 7 + n) % 3 === 0);
    for (const { outlet } of sessions) (outlet as FakeOutlet).backlogBytes = 0;
    for (const session of sessions) session.drained();
    for (const { outlet } of stuck) (outlet as FakeOutlet).backlogBytes = 100_000;
    await lobby.send(`entry ${n}`);
    await kit.settle();
  }
  for (const session of sessions) {
    (session.outlet as FakeOutlet).backlogBytes = 0;
    session.drained();
  }
  await kit.settle();
  const expected = Array.from({ length: 60 }, (_, index) => `entry ${index + 1} entry ${index + 1}`);
  for (const { outlet } of sessions) assert.deepEqual(outlet?.takeStory(), expected);
});

test("a frozen member is given nothing, however much is sent, and delays nobody", async () => {
  const kit = new RoomsKit();
  const [ann, frozen] = await crowd(kit, 2);
  (frozen?.outlet as FakeOutlet).backlogBytes = 100_000;
  const lobby = kit.rooms.broadcast("lobby");
  for (let n = 0; n < 500; n += 1) {
    await lobby.send("x");
    kit.turns.end();
    if (n % 100 === 99) ann?.acknowledge(1, n);
  }
  assert.equal(ann?.outlet?.takeFrames().length, 500);
  assert.deepEqual(frozen?.outlet?.shared, []);
});

test("ephemeral entries ride with the turn's last batch", async () => {
  const kit = new RoomsKit();
  const [ann] = await crowd(kit, 1);
  const lobby = kit.rooms.broadcast("lobby");
  await lobby.send("typing", { ephemeral: true });
  await lobby.send("typed");
  await kit.settle();
  assert.equal(ann?.outlet?.shared.length, 1);
  assert.deepEqual(ann?.outlet?.takeStory(), ["entry 1 typed", "entry 0 typing"]);
});

test("what a handler says to a plain client is read behind the turn's entries, and everybody goes on as before", async () => {
  const kit = new RoomsKit();
  const [ann, bob] = [new FakeSession("ann", new FakeOutlet("lines")), new FakeSession("bob", new FakeOutlet("lines"))];
  for (const session of [ann, bob]) await kit.rooms.join(session, session.run as object, "lobby", {});
  const lobby = kit.rooms.broadcast("lobby");
  const say = (text: string): void => {
    for (const stream of ann.streams.values()) stream.beforeMessage();
    ann.outlet?.writer.payload(`${text}\n`);
  };
  await lobby.send("one");
  await lobby.send("two");
  say("an answer");
  await lobby.send("three");
  await lobby.send("passing by", { ephemeral: true });
  await kit.settle();
  assert.equal(ann.outlet?.takeText(), "one\ntwo\nan answer\nthree\npassing by\n");
  assert.equal(bob.outlet?.takeText(), "one\ntwo\nthree\npassing by\n");
  say("nothing new");
  await lobby.send("four");
  await kit.settle();
  assert.equal(ann.outlet?.takeText(), "nothing new\nfour\n");
  assert.equal(ann.outlet?.shared.at(-1), bob.outlet?.shared.at(-1), "one buffer for both again");
});
