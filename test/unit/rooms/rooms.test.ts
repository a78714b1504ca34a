import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeOutlet, framedSession, RoomsKit } from "../../rooms-kit.ts";

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
  assert.ok(joined?.type === 6);
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
