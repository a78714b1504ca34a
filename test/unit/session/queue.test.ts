import assert from "node:assert/strict";
import { test } from "node:test";
import { Queue } from "../../../src/session/queue.ts";

test("first in, first out, through any growth and shrinking", () => {
  const queue = new Queue<number>();
  let [next, expected] = [0, 0];
  for (let round = 0; round < 50; round += 1) {
    for (let count = 0; count < (round * 7) % 90; count += 1) queue.push(next++);
    for (let count = (round * 5) % 80; count > 0 && queue.length > 0; count -= 1)
      assert.equal(queue.shift(), expected++);
    assert.equal(queue.length, next - expected);
    assert.deepEqual(
      [...queue],
      Array.from({ length: next - expected }, (_, index) => expected + index),
    );
  }
});

test("a place is counted from the front, and there is none before it", () => {
  const queue = new Queue<string>();
  for (const item of ["a", "b", "c"]) queue.push(item);
  queue.shift();
  assert.deepEqual([queue.at(0), queue.at(1), queue.at(2)], ["b", "c", undefined]);
  assert.equal(queue.at(-1), undefined);
});

test("an empty one gives nothing", () => {
  const queue = new Queue<string>();
  assert.equal(queue.shift(), undefined);
  queue.push("a");
  queue.clear();
  assert.deepEqual([queue.length, queue.shift()], [0, undefined]);
  queue.push("b");
  assert.equal(queue.shift(), "b");
});
