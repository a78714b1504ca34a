import assert from "node:assert/strict";
import { test } from "node:test";
import { Restarts } from "../../../src/handlers/restarts.ts";

test("five restarts within ten seconds are borne; then it is waited, longer each time", () => {
  const restarts = new Restarts();
  const delays = Array.from({ length: 9 }, (_, index) => restarts.add(index * 100, 1));
  assert.deepEqual(delays, [0, 0, 0, 0, 0, 1_000, 2_000, 4_000, 8_000]);
});

test("each thread has its five", () => {
  const restarts = new Restarts();
  const delays = Array.from({ length: 11 }, () => restarts.add(0, 2));
  assert.deepEqual(delays.slice(9), [0, 1_000]);
});

test("after a quiet time everything is as it was", () => {
  const restarts = new Restarts();
  for (let index = 0; index < 8; index += 1) restarts.add(0, 1);
  assert.equal(restarts.add(60_000, 1), 0);
  for (let index = 0; index < 4; index += 1) restarts.add(60_000, 1);
  assert.equal(restarts.add(60_000, 1), 1_000);
});

test("no wait is longer than half a minute", () => {
  const restarts = new Restarts();
  let longest = 0;
  for (let index = 0; index < 50; index += 1) longest = Math.max(longest, restarts.add(0, 1));
  assert.equal(longest, 30_000);
});
