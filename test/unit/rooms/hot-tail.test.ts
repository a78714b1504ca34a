import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../../../src/broker/broker.ts";
import { HotTail } from "../../../src/rooms/hot-tail.ts";

function entry(previous: number, offset: number, byteLength = 10): Entry {
  return { offset, previous, at: 0, payload: "", byteLength, text: undefined };
}

function offsets(tail: HotTail, after: number): number[] {
  const { entries, start } = tail.from(after);
  return entries.slice(start).map(({ offset }) => offset);
}

test("it gives what follows an offset, also one that no entry has", () => {
  const tail = new HotTail(3);
  for (const [previous, offset] of [
    [3, 4],
    [4, 9],
    [9, 10],
  ] as const)
    tail.push(entry(previous, offset));
  assert.deepEqual(offsets(tail, 3), [4, 9, 10]);
  assert.deepEqual(offsets(tail, 6), [9, 10]);
  assert.deepEqual(offsets(tail, 10), []);
  assert.deepEqual(offsets(tail, 99), []);
});

test("it keeps about 256 KiB, and knows after which offset it is whole", () => {
  const tail = new HotTail(0);
  for (let offset = 1; offset <= 1_000; offset += 1) {
    tail.push(entry(offset - 1, offset, 1_000));
    tail.trim(offset);
  }
  assert.ok(tail.length > 200 && tail.length < 262, `${tail.length} entries`);
  assert.equal(tail.after, 1_000 - tail.length);
  assert.equal(offsets(tail, tail.after).length, tail.length);
});

test("many small entries weigh more than their payloads", () => {
  const tail = new HotTail(0);
  for (let offset = 1; offset <= 10_000; offset += 1) tail.push(entry(offset - 1, offset, 0));
  tail.trim(10_000);
  assert.ok(tail.length <= 2_048);
});

test("what live members have not been given stays", () => {
  const tail = new HotTail(0);
  for (let offset = 1; offset <= 3; offset += 1) tail.push(entry(offset - 1, offset, 200_000));
  tail.trim(1);
  assert.deepEqual([tail.after, offsets(tail, 1)], [1, [2, 3]]);
});

test("it knows where its last entries begin, if it has so many", () => {
  const tail = new HotTail(3);
  tail.push(entry(3, 5));
  tail.push(entry(5, 6));
  assert.deepEqual([tail.before(1), tail.before(2), tail.before(3)], [5, 3, undefined]);
});
