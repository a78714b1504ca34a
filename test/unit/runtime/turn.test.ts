import assert from "node:assert/strict";
import { test } from "node:test";
import { ReceivedMessage, TextPayload } from "../../../src/runtime/message.ts";
import { Turn } from "../../../src/runtime/turn.ts";

function message(sequence: number): ReceivedMessage {
  return new ReceivedMessage({ reply: () => Promise.resolve(), finish: () => {} }, new TextPayload("x"), sequence);
}

test("the first turn is open until the first message is asked for", () => {
  const turn = new Turn({}, true);
  assert.deepEqual([turn.isOpen, turn.sequence], [true, 0]);
  turn.hasEnded = true;
  assert.equal(turn.isOpen, false);
});

test("another is open from when its message has come until the handler is done with it", () => {
  const turn = new Turn({}, false);
  assert.equal(turn.isOpen, false);
  turn.message = message(7);
  assert.deepEqual([turn.isOpen, turn.sequence], [true, 7]);
  turn.message.finished = true;
  assert.equal(turn.isOpen, false);
});

test("sends are counted for each room", () => {
  const turn = new Turn({}, true);
  const counts = ["a", "b", "a", "a", "b"].map((room) => turn.countRoomSend(room));
  assert.deepEqual(counts, [1, 1, 2, 3, 2]);
  assert.deepEqual(
    [...turn.roomSends],
    [
      ["a", 3],
      ["b", 2],
    ],
  );
});
