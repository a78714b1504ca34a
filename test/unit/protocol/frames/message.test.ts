import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageFlag, MessageFrame, writeMessage } from "../../../../src/protocol/frames/message.ts";
import { frameIn, written } from "../../../frames.ts";

test("a text", () => {
  assert.equal(
    written((writer) => writeMessage(writer, MessageFlag.text, 300, 0, "hé")),
    "0703" + "01" + "ac02" + "68c3a9",
  );
  const frame = messageIn("0703 01 ac02 68c3a9");
  assert.deepEqual([frame.type, frame.sequence, frame.repliesTo, frame.text()], [3, 300, 0, "hé"]);
  assert.deepEqual([frame.isText, frame.wantsReply, frame.isReply, frame.byteLength], [true, false, false, 3]);
});

test("bytes", () => {
  const payload = Uint8Array.of(0, 255);
  assert.equal(
    written((writer) => writeMessage(writer, 0, 1, 0, payload)),
    "0503" + "00" + "01" + "00ff",
  );
  const frame = messageIn("0503 00 01 00ff");
  assert.equal(frame.isText, false);
  assert.deepEqual(frame.payload, payload);
  assert.equal(frame.text(), "\0\ufffd");
});

test("a request, and the reply that names it", () => {
  assert.equal(messageIn("0403 02 05 61").wantsReply, true);
  assert.equal(
    written((writer) => writeMessage(writer, MessageFlag.isReply | MessageFlag.text, 9, 300, "")),
    "0503" + "05" + "09" + "ac02",
  );
  const reply = messageIn("0503 05 09 ac02");
  assert.deepEqual([reply.isReply, reply.sequence, reply.repliesTo, reply.text()], [true, 9, 300, ""]);
});

test("what a message replies to is written for replies only", () => {
  assert.equal(
    written((writer) => writeMessage(writer, 0, 9, 300, "")),
    "03030009",
  );
});

test("a message lies where it arrived until it is asked for", () => {
  const source = Uint8Array.from(Buffer.from("before, hello, after"));
  const frame = new MessageFrame(MessageFlag.text, 1, 0, source, 8, 13);
  assert.equal(frame.text(), "hello");
  assert.equal(frame.payload.buffer, source.buffer);
});

for (const [what, hex, clause] of [
  ["an unknown flag", "0303 08 01", "§5.7"],
  ["sequence number 0", "0303 00 00", "§6.3"],
  ["a reply to 0", "0403 04 01 00", "§6.3"],
] as const) {
  test(`${what} breaks ${clause}`, () => {
    assert.throws(() => frameIn(hex), { clause });
  });
}

function messageIn(hex: string): MessageFrame {
  const frame = frameIn(hex);
  assert.ok(frame instanceof MessageFrame);
  return frame;
}
