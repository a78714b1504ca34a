import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageFlag } from "../../../src/protocol/frames/message.ts";
import { SendStream, type SentMessage } from "../../../src/session/send-stream.ts";

function message(sequence: number, byteLength = 10): SentMessage {
  return { sequence, flags: 0, repliesTo: 0, payload: "", byteLength };
}

function reply(sequence: number, byteLength = 10): SentMessage {
  return { ...message(sequence, byteLength), flags: MessageFlag.isReply, repliesTo: 1 };
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

test("forgets replies that have arrived, and nothing else; their numbers stay", () => {
  const stream = new SendStream();
  stream.startAfter(4);
  for (const sent of [message(5), reply(6), reply(7), message(8), reply(9), message(10)]) stream.push(sent);
  assert.deepEqual([stream.replies, stream.replyBytes, stream.bytes], [3, 30, 60]);
  stream.forgetReplies(7);
  assert.deepEqual([stream.replies, stream.replyBytes, stream.bytes, stream.length], [1, 10, 40, 6]);
  assert.deepEqual(
    [4, 5, 6, 7, 8, 9, 10, 11].map((sequence) => stream.get(sequence)?.sequence),
    [undefined, 5, undefined, undefined, 8, 9, 10, undefined],
  );
  stream.acknowledge(6);
  assert.deepEqual([stream.acknowledged, stream.length, stream.bytes], [6, 4, 30]);
  assert.equal(stream.get(9)?.sequence, 9);
  stream.acknowledge(10);
  assert.deepEqual([stream.replies, stream.replyBytes, stream.bytes, stream.length], [0, 0, 0, 0]);
});

test("holds nothing of replies that are forgotten, however many, behind a message that nobody takes", () => {
  const stream = new SendStream();
  stream.push(message(1));
  for (let sequence = 2; sequence <= 10_001; sequence += 1) {
    stream.push(reply(sequence));
    if (sequence % 100 === 0) stream.forgetReplies(sequence);
  }
  assert.equal(stream.unacknowledged().length, 2);
  assert.equal(stream.length, 10_001);
  assert.equal(stream.get(10_001)?.sequence, 10_001);
});
