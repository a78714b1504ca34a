import assert from "node:assert/strict";
import { test } from "node:test";
import { FlushList } from "../../../src/transport/flush-list.ts";

const clock = { now: () => 7, setTimer: () => 0, clearTimer: () => {} };

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("what was added in a turn is flushed when it is over, promises and all, and once", async () => {
  const list = new FlushList(clock);
  const flushed: string[] = [];
  const connection = (name: string) => ({ flushNow: (now: number) => void flushed.push(`${name} at ${now}`) });
  list.add(connection("first"));
  await Promise.resolve();
  list.add(connection("second"));
  assert.deepEqual(flushed, []);
  await turn();
  assert.deepEqual(flushed, ["first at 7", "second at 7"]);
  await turn();
  assert.equal(flushed.length, 2);
});

test("tasks come before connections, and what they write leaves with the rest", async () => {
  const list = new FlushList(clock);
  const done: string[] = [];
  const late = { flushNow: () => void done.push("late") };
  list.add({ flushNow: () => void done.push("early") });
  list.afterTurn(() => {
    done.push("task");
    list.add(late);
  });
  await turn();
  assert.deepEqual(done, ["task", "early", "late"]);
});

test("what is added while others are flushed waits for the next turn", async () => {
  const list = new FlushList(clock);
  let flushes = 0;
  const restless = {
    flushNow() {
      flushes += 1;
      if (flushes < 3) list.add(restless);
    },
  };
  list.add(restless);
  await turn();
  assert.equal(flushes, 1);
  await turn();
  assert.equal(flushes, 2);
  await turn();
  await turn();
  assert.equal(flushes, 3);
});
