import assert from "node:assert/strict";
import { test } from "node:test";
import { framedSession, RoomsKit } from "../../rooms-kit.ts";

test("each room has its own changes, and is told of them through itself", async () => {
  const told: string[] = [];
  const kit = new RoomsKit({
    onpresence: ({ count, joined }, { name }) => told.push(`${name} ${count} ${joined.length}`),
  });
  const [ann, bob] = [framedSession("ann"), framedSession("bob")];
  for (const [session, room] of [
    [ann, "red"],
    [bob, "red"],
    [ann, "blue"],
  ] as const) {
    void kit.rooms.join(session, session.run as object, room, {});
  }
  await kit.settle();
  assert.deepEqual(told, ["red 2 2", "blue 1 1"]);
});

test("where nobody listens, a join waits for nothing, and no turn is asked for", async () => {
  const kit = new RoomsKit();
  const ann = framedSession("ann");
  const lobby = await kit.rooms.join(ann, ann.run as object, "lobby", {});
  assert.deepEqual(ann.outlet?.takeStory(), ["joined lobby at 0"]);
  ann.cut();
  await lobby.leave();
  assert.equal(kit.turns.end(), false);
});

test("once stopped, it has nothing more to tell", async () => {
  const told: number[] = [];
  const kit = new RoomsKit({ limits: { presenceLimit: 1 }, onpresence: ({ count }) => told.push(count) });
  const crowd = [framedSession("ann"), framedSession("bob"), framedSession("carl")];
  for (const session of crowd.slice(0, 2)) void kit.rooms.join(session, session.run as object, "lobby", {});
  await kit.settle();
  void kit.rooms.join(crowd[2] as (typeof crowd)[number], crowd[2]?.run as object, "lobby", {});
  await kit.settle();
  kit.rooms.close();
  kit.clock.advance(5_000);
  await kit.settle();
  assert.deepEqual(told, [2]);
});
