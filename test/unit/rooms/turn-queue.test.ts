import assert from "node:assert/strict";
import { test } from "node:test";
import { TurnQueue } from "../../../src/rooms/turn-queue.ts";
import { ManualTurns } from "../../rooms-kit.ts";

test("one callback a turn does everything, in order", () => {
  const turns = new ManualTurns();
  let arranged = 0;
  const queue = new TurnQueue({
    afterTurn: (callback) => {
      arranged += 1;
      turns.afterTurn(callback);
    },
  });
  const done: number[] = [];
  for (const n of [1, 2, 3]) queue.add({ onTurnEnd: () => done.push(n) });
  assert.deepEqual([done, arranged], [[], 1]);
  turns.end();
  assert.deepEqual(done, [1, 2, 3]);
});

test("what is added meanwhile is done when the next turn ends", () => {
  const turns = new ManualTurns();
  const queue = new TurnQueue(turns);
  const done: string[] = [];
  queue.add({
    onTurnEnd: () => {
      done.push("first");
      queue.add({ onTurnEnd: () => done.push("second") });
    },
  });
  turns.end();
  assert.deepEqual(done, ["first"]);
  turns.end();
  assert.deepEqual(done, ["first", "second"]);
  assert.equal(turns.end(), false);
});
