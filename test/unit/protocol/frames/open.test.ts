import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenFrame } from "../../../../src/protocol/frames/open.ts";
import { bytesOf, frameIn, framesIn, writeOpenFrame, written } from "../../../frames.ts";

const open: OpenFrame = {
  type: 1,
  sessionId: "s1",
  token: "tok",
  instance: "00ff0123456789ab",
  attempt: 2,
  received: 300,
  acked: 4,
  sent: 5,
  windowMessages: 1_024,
  windowBytes: 1_048_576,
  rooms: [
    { name: "a", epoch: 6, cursor: 7, ticket: "t" },
    { name: "", epoch: 0, cursor: 0, ticket: "" },
  ],
  credential: Uint8Array.of(1, 2, 3),
};
const hex = "29 01 00 027331 03746f6b 00ff0123456789ab 02 ac02 04 05 8008 808040 02 0161 06 07 0174 00 00 00 00 010203";

test("an OPEN", () => {
  assert.equal(
    written((writer) => writeOpenFrame(writer, open)),
    hex.replaceAll(" ", ""),
  );
  assert.deepEqual(frameIn(hex), open);
});

test("capabilities that nobody knows are ignored", () => {
  assert.deepEqual(frameIn(hex.replace("29 01 00", "29 01 7f")), open);
});

test("a credential does not keep the chunk that it came in", () => {
  const [frame] = framesIn(bytesOf(`${hex} ${"0109".repeat(1_000)}`));
  assert.equal((frame as OpenFrame).credential.buffer.byteLength, 3);
});

test("more rooms than there are break §5.5", () => {
  const hex = "15 01 00 00 00 0000000000000000 00 00 00 00 00 00 ffff03";
  assert.throws(() => frameIn(hex), { clause: "§5.5" });
});
