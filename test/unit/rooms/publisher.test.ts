import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceivedMessage, TextPayload } from "../../../src/runtime/message.ts";
import type { MessageContext } from "../../../src/runtime/ports.ts";
import type { Room } from "../../../src/runtime/room.ts";
import { Turn } from "../../../src/runtime/turn.ts";
import { type FakeSession, FaultyBroker, framedSession, RoomsKit } from "../../rooms-kit.ts";

/** Says which turn the test's code is in. */
class FakeContext implements MessageContext {
  turn: Turn | undefined;

  run<T>(turn: Turn, start: () => T): T {
    this.turn = turn;
    return start();
  }

  enter(turn: Turn): void {
    this.turn = turn;
  }

  current(): Turn | undefined {
    return this.turn;
  }
}

const owner = { reply: () => Promise.resolve(), finish: () => {} };

class World {
  readonly context = new FakeContext();
  readonly broker = new FaultyBroker();
  readonly kit = new RoomsKit({ broker: this.broker, context: this.context, limits: { maxMessageBytes: 1_000 } });
  readonly ann: FakeSession = framedSession("ann");
  readonly lobby: Room = this.kit.rooms.room(this.ann, this.ann.run as object, "lobby");
  /** The keys that entries were appended with. */
  readonly keys: (string | undefined)[] = [];

  constructor() {
    const append = this.broker.append.bind(this.broker);
    this.broker.append = (room, entries) => {
      for (const { key } of entries) this.keys.push(key);
      return append(room, entries);
    };
  }

  /** The test's code handles this message from now on. */
  take(sequence: number, run = this.ann.run as object): ReceivedMessage {
    const message = new ReceivedMessage(owner, new TextPayload("x"), sequence);
    this.context.turn = new Turn(run, false);
    this.context.turn.message = message;
    return message;
  }
}

test("the sends of a message are numbered, each room's by themselves", async () => {
  const world = new World();
  const other = world.kit.rooms.room(world.ann, world.ann.run as object, "other");
  world.take(7);
  for (const room of [world.lobby, other, world.lobby]) await room.send("x");
  assert.deepEqual(world.keys, ["ann/7/lobby/1", "ann/7/other/1", "ann/7/lobby/2"]);
});

test("what comes before the first message has number 0", async () => {
  const world = new World();
  world.context.turn = new Turn(world.ann.run as object, true);
  await world.lobby.send("x");
  assert.deepEqual(world.keys, ["ann/0/lobby/1"]);
});

test("sends that belong to no message, or to another run's, have no key", async () => {
  const world = new World();
  await world.lobby.send("from a timer");
  world.context.turn = new Turn(world.ann.run as object, false);
  await world.lobby.send("beside a loop that waits");
  world.take(3, {});
  await world.lobby.send("in the turn of somebody else");
  world.take(3);
  await world.kit.rooms.broadcast("lobby").send("in nobody's name");
  assert.deepEqual(world.keys, [undefined, undefined, undefined, undefined]);
});

test("a key of one's own is used as it is, and does not count", async () => {
  const world = new World();
  world.take(3);
  await world.lobby.send("x", { key: "order 17" });
  await world.lobby.send("y");
  await world.kit.rooms.broadcast("lobby").send("x", { key: "order 17" });
  assert.deepEqual(world.keys, ["own/order 17", "ann/3/lobby/1", "own/order 17"]);
  assert.equal((await world.broker.head("lobby")).offset, 2, "the second one had no effect");
});

test("a repetition that says something else is reported", async () => {
  const world = new World();
  world.take(3);
  await world.lobby.send("one");
  world.take(3);
  await world.lobby.send("another");
  assert.deepEqual(world.kit.emitted, [
    { name: "key-mismatch", sessionId: "ann", room: "lobby", key: "ann/3/lobby/1" },
  ]);
});

test("a message is not settled before its sends are", async () => {
  const world = new World();
  const message = world.take(3);
  const sent = Promise.all([world.lobby.send("one"), world.lobby.send("two")]);
  assert.equal(message.unsettled, 2);
  await sent;
  assert.deepEqual([message.unsettled, world.ann.settled], [0, 2]);
});

test("a failure that somebody awaits is that somebody's", async () => {
  const world = new World();
  const message = world.take(3);
  world.broker.failing.add("append");
  await assert.rejects(world.lobby.send("x"), /on fire/);
  assert.equal(message.unsettled, 1, "until the turn is over");
  await world.kit.settle();
  assert.deepEqual([message.unsettled, world.ann.failures], [0, []]);
});

test("a failure that nobody awaits ends the session, and what it handled stays unsettled", async () => {
  const world = new World();
  const message = world.take(3);
  world.broker.failing.add("append");
  void world.lobby.send("x");
  await world.kit.settle();
  assert.equal(message.unsettled, 1);
  assert.match(String(world.ann.failures), /on fire/);
});

test("what is too large, or cannot be sent, fails like any other send", async () => {
  const world = new World();
  await assert.rejects(world.lobby.send("x".repeat(1_001)), RangeError);
  await assert.rejects(world.lobby.send("é".repeat(501)), RangeError);
  await assert.rejects(world.lobby.send("x", { text: "y".repeat(1_001) }), RangeError);
  await assert.rejects(world.lobby.send((() => {}) as object), TypeError);
  await world.kit.settle();
  assert.deepEqual(world.ann.failures, []);
  void world.lobby.send("x".repeat(1_001));
  await world.kit.settle();
  assert.equal(world.ann.failures.length, 1);
});

test("a failed send in nobody's name, that nobody awaits, is published", async () => {
  const world = new World();
  world.broker.failing.add("append");
  void world.kit.rooms.broadcast("lobby").send("x");
  await world.kit.settle();
  assert.deepEqual(
    world.kit.emitted.map(({ name }) => name),
    ["room-error"],
  );
});

test("a run that was replaced sends nothing, and is told nothing", async () => {
  const world = new World();
  const message = world.take(3);
  const pending = world.lobby.send("under way");
  world.ann.run = {};
  message.unsettled = 0;
  let heard = false;
  void world.lobby.send("too late").then(() => {
    heard = true;
  });
  await pending;
  await world.kit.settle();
  assert.deepEqual([heard, message.unsettled, world.keys.length], [false, 0, 1]);
});

test("plain objects go as JSON, and bytes as they were when they were sent", async () => {
  const world = new World();
  const bytes = Uint8Array.of(1, 2);
  const sent = world.lobby.send(bytes);
  bytes[0] = 9;
  await sent;
  await world.lobby.send({ kind: "note", n: 1 });
  const history = await world.lobby.history({ limit: 2 });
  assert.deepEqual([...(history[0]?.bytes() ?? [])], [1, 2]);
  assert.deepEqual(history[1]?.json(), { kind: "note", n: 1 });
});
