import assert from "node:assert/strict";
import { test } from "node:test";
import type { Broker } from "../../../src/broker/broker.ts";
import { HeldKeys } from "../../../src/rooms/held-keys.ts";
import { ReceivedMessage, TextPayload } from "../../../src/runtime/message.ts";
import { Turn } from "../../../src/runtime/turn.ts";
import { framedSession, RoomsKit } from "../../rooms-kit.ts";

/** For how long a key must be known after the server's death, and for how long it therefore is when it is renewed. */
const LEAST_MS = 750;
const KEEP_MS = 1_000;
const owner = { reply: () => Promise.resolve(), finish: () => {} };

class World {
  readonly kit = new RoomsKit();
  readonly ann = framedSession("ann");
  renewed: string[] = [];
  readonly keys: HeldKeys;

  constructor() {
    const renewKeys = async (room: string, keys: readonly string[], keepKeyMs: number): Promise<void> => {
      assert.equal(keepKeyMs, KEEP_MS);
      this.renewed.push(...keys.map((key) => `${room}: ${key}`));
    };
    this.keys = new HeldKeys({ renewKeys } as unknown as Broker, this.kit.clock, LEAST_MS, () => {});
  }

  turn(sequence: number): Turn {
    const turn = new Turn(this.ann.run as object, sequence === 0);
    if (sequence > 0) turn.message = new ReceivedMessage(owner, new TextPayload("x"), sequence);
    return turn;
  }

  /** What is renewed the next time. */
  pass(): string[] {
    this.renewed = [];
    this.kit.clock.advance(KEEP_MS - LEAST_MS);
    return this.renewed;
  }
}

test("keys of what comes before the first message are renewed for as long as the session lives", () => {
  const world = new World();
  const first = world.turn(0);
  assert.equal(world.keys.keyOf(world.ann, first, "lobby"), "ann/0/lobby/1");
  world.keys.keyOf(world.ann, first, "lobby");
  world.keys.keyOf(world.ann, first, "other");
  const all = ["lobby: ann/0/lobby/1", "lobby: ann/0/lobby/2", "other: ann/0/other/1"];
  assert.deepEqual(world.pass(), all);
  assert.deepEqual(world.pass(), all);
  world.keys.forget(world.ann);
  assert.deepEqual(world.pass(), []);
});

test("keys of a message are renewed until it is finished and has settled", () => {
  const world = new World();
  const turn = world.turn(7);
  world.keys.keyOf(world.ann, turn, "lobby");
  assert.deepEqual(world.pass(), ["lobby: ann/7/lobby/1"]);
  const message = turn.message as ReceivedMessage;
  message.finished = true;
  message.unsettled = 1;
  assert.deepEqual(world.pass(), ["lobby: ann/7/lobby/1"]);
  message.unsettled = 0;
  assert.deepEqual(world.pass(), []);
});

test("messages that are done are not held while others come", () => {
  const world = new World();
  for (let sequence = 1; sequence <= 1_000; sequence += 1) {
    const turn = world.turn(sequence);
    world.keys.keyOf(world.ann, turn, "lobby");
    (turn.message as ReceivedMessage).finished = sequence < 1_000;
  }
  assert.deepEqual(world.pass(), ["lobby: ann/1000/lobby/1"]);
});

test("a key that was renewed is known to the broker for longer", async () => {
  const kit = new RoomsKit({ limits: { resumeWindowMs: 900, closeTimeoutMs: 100 } });
  const keys = new HeldKeys(kit.broker, kit.clock, LEAST_MS, () => {});
  const ann = framedSession("ann");
  const key = keys.keyOf(ann, new Turn(ann.run as object, true), "lobby");
  await kit.broker.append("lobby", [{ payload: "x", key, keepKeyMs: KEEP_MS }]);
  for (let n = 0; n < 10; n += 1) kit.clock.advance(KEEP_MS / 2);
  const [again] = await kit.broker.append("lobby", [{ payload: "x", key, keepKeyMs: KEEP_MS }]);
  assert.equal(again?.isRepeat, true);
  keys.close();
  for (let n = 0; n < 10; n += 1) kit.clock.advance(KEEP_MS / 2);
  const [late] = await kit.broker.append("lobby", [{ payload: "x", key, keepKeyMs: KEEP_MS }]);
  assert.equal(late?.isRepeat, false);
});
