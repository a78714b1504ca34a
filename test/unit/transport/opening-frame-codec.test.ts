import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteWriter } from "../../../src/protocol/bytes.ts";
import { writeAuth } from "../../../src/protocol/frames/auth.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { ProtocolError } from "../../../src/protocol/protocol-error.ts";
import { resolveLimits } from "../../../src/session/limits.ts";
import { OpeningFrameCodec } from "../../../src/transport/opening-frame-codec.ts";

const limits = resolveLimits({ maxOpenBytes: 100, maxMessageBytes: 1_000 });

/** A frame with so many bytes after its length. */
function frameOf(length: number): Uint8Array {
  const writer = new ByteWriter();
  writeAuth(writer, new Uint8Array(length - 1));
  return writer.take();
}

test("the first frame may be as long as an OPEN, those after it as long as a message", () => {
  const codec = new OpeningFrameCodec(limits);
  codec.push(frameOf(100));
  assert.equal(codec.next()?.type, FrameType.auth);
  codec.push(frameOf(1_000 + 34));
  assert.equal(codec.next()?.type, FrameType.auth);
});

test("a first frame that is longer is a broken rule, and no message that is too big", () => {
  const codec = new OpeningFrameCodec(limits);
  codec.push(frameOf(101));
  assert.throws(
    () => codec.next(),
    (error) => error instanceof ProtocolError && error.closeName === "protocol-error" && error.clause === "§5.4",
  );
});

test("a later frame that is longer than a message is a message that is too big", () => {
  const codec = new OpeningFrameCodec(limits);
  codec.push(frameOf(1));
  codec.next();
  codec.push(frameOf(2_000));
  assert.throws(
    () => codec.next(),
    (error) => error instanceof ProtocolError && error.closeName === "message-too-big",
  );
});
