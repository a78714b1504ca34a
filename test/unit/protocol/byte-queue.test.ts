import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteQueue } from "../../../src/protocol/byte-queue.ts";

test("a chunk that arrives in an empty queue is used as it is", () => {
  const queue = new ByteQueue();
  const chunk = Uint8Array.of(1, 2, 3);
  queue.push(chunk);
  assert.equal(queue.bytes, chunk);
  queue.start = queue.end;
  const next = Uint8Array.of(4);
  queue.push(next);
  assert.equal(queue.bytes, next);
  assert.deepEqual([queue.start, queue.end], [0, 1]);
});

test("bytes left over and bytes that follow are one run, and the chunks stay as they are", () => {
  const queue = new ByteQueue();
  const memory = Uint8Array.of(1, 2, 3, 9);
  queue.push(memory.subarray(0, 3));
  queue.start = 2;
  queue.push(Uint8Array.of(4, 5));
  queue.push(Uint8Array.of(6));
  assert.deepEqual(content(queue), [3, 4, 5, 6]);
  assert.deepEqual([...memory], [1, 2, 3, 9]);
});

test("a queue that settles lets go of the chunk", () => {
  const queue = new ByteQueue();
  const chunk = new Uint8Array(65_536);
  chunk[65_535] = 7;
  queue.push(chunk);
  queue.start = 65_535;
  queue.settle();
  assert.deepEqual(content(queue), [7]);
  assert.equal(queue.bytes.buffer.byteLength, 1);
  queue.start = queue.end;
  queue.settle();
  assert.equal(queue.bytes.buffer.byteLength, 0);
  assert.equal(queue.length, 0);
});

test("a queue that once had to copy lets go of a later chunk too", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1));
  queue.push(Uint8Array.of(2));
  queue.start = queue.end;
  const chunk = new Uint8Array(65_536);
  queue.push(chunk);
  queue.start = 10_000;
  queue.settle();
  assert.notEqual(queue.bytes.buffer, chunk.buffer);
  assert.equal(queue.length, 55_536);
});

test("a copy that has become too long for what is left in it goes as well", () => {
  const queue = new ByteQueue();
  queue.push(Uint8Array.of(1));
  queue.push(new Uint8Array(65_536));
  queue.start = queue.end - 2;
  queue.settle();
  assert.equal(queue.bytes.buffer.byteLength, 2);
  assert.deepEqual(content(queue), [0, 0]);
});

test("bytes that come one by one are moved seldom", () => {
  const queue = new ByteQueue();
  const arrays = new Set<Uint8Array>();
  for (let i = 0; i < 65_536; i++) {
    queue.push(Uint8Array.of(i & 0xff));
    queue.settle();
    arrays.add(queue.bytes);
  }
  assert.equal(queue.length, 65_536);
  assert.ok(arrays.size < 40, `moved ${arrays.size} times`);
});

function content(queue: ByteQueue): number[] {
  return [...queue.bytes.subarray(queue.start, queue.end)];
}
