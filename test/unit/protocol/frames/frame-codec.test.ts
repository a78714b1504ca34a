import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameCodec } from "../../../../src/protocol/frames/frame-codec.ts";
import { MessageFrame } from "../../../../src/protocol/frames/message.ts";
import { ProtocolError } from "../../../../src/protocol/protocol-error.ts";
import { bytesOf, takeAll } from "../../../frames.ts";

const ACK = bytesOf("03 05 00 00");

test("a message that lies whole in a chunk is not copied", () => {
  const codec = new FrameCodec(100);
  const chunk = bytesOf("03 05 00 00 05 03 01 01 68 69");
  codec.push(chunk);
  const [, message] = takeAll(codec);
  assert.ok(message instanceof MessageFrame);
  assert.equal(message.source, chunk);
  assert.deepEqual([message.start, message.end], [8, 10]);
});

test("the limit can be changed between frames", () => {
  const codec = new FrameCodec(3);
  codec.push(ACK);
  assert.equal(codec.next()?.type, 5);
  codec.push(bytesOf("04 03 00 01 61"));
  assert.throws(() => codec.next(), { clause: "§5.4", closeName: "message-too-big" });
  codec.maxFrameBytes = 4;
  assert.equal(codec.next()?.type, 3);
});

test("a frame that is too long, or of an unknown type, is refused as soon as its header is there", () => {
  for (const [hex, clause] of [
    ["65 03", "§5.4"],
    ["05 0e", "§5.8"],
    ["65 3f", "§5.8"],
  ] as const) {
    const codec = new FrameCodec(100);
    codec.push(bytesOf(hex));
    assert.throws(() => codec.next(), { clause });
  }
});

test("frames before a violation are given; afterwards the codec only repeats it", () => {
  const codec = new FrameCodec(100);
  codec.push(bytesOf("03 05 00 00 00"));
  assert.equal(codec.next()?.type, 5);
  for (let again = 0; again < 2; again++) assert.throws(() => codec.next(), ProtocolError);
});

test("frames of optional types may be longer than the limit; they are passed over as they come", () => {
  const codec = new FrameCodec(10);
  codec.push(bytesOf("81 80 04 40"));
  for (let chunk = 0; chunk < 64; chunk++) {
    assert.equal(codec.next(), undefined);
    assert.throws(() => codec.end(), { clause: "§5.9" });
    codec.push(new Uint8Array(1_024));
  }
  codec.push(ACK);
  assert.deepEqual(
    takeAll(codec).map(({ type }) => type),
    [5],
  );
  codec.end();
});

test("a clean end is no error, before and after frames", () => {
  const codec = new FrameCodec(100);
  codec.end();
  codec.push(ACK);
  takeAll(codec);
  codec.end();
});
