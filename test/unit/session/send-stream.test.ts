import assert from "node:assert/strict";
import { test } from "node:test";
import { SendStream, type SentMessage } from "../../../src/session/send-stream.ts";

function message(sequence: number, byteLength = 10): SentMessage {
  return { sequence, flags: 0, repliesTo: 0, payload: "", byteLength };
}

test("counts what is on its way, until it is acknowledged", () => {
  const stream = new SendStream();
  for (let sequence = 1; sequence <= 3; sequence += 1) stream.push(message(sequence));
  stream.acknowledge(2);
  assert.deepEqual([stream.last, stream.acknowledged, stream.length, stream.bytes], [3, 2, 1, 10]);
  assert.deepEqual(stream.unacknowledged(), [message(3)]);
});

test("finds what is not acknowledged by its number, and nothing else", () => {
  const stream = new SendStream();
  stream.startAfter(7);
  for (const sequence of [8, 9, 10]) stream.push(message(sequence));
  stream.acknowledge(8);
  assert.deepEqual(
    [7, 8, 9, 10, 11].map((sequence) => stream.get(sequence)?.sequence),
    [undefined, undefined, 9, 10, undefined],
  );
});

test("acknowledging less than before changes nothing", () => {
  const stream = new SendStream();
  for (let sequence = 1; sequence <= 3; sequence += 1) stream.push(message(sequence));
  stream.acknowledge(3);
  stream.acknowledge(1);
  assert.deepEqual([stream.acknowledged, stream.length, stream.bytes], [3, 0, 0]);
});
