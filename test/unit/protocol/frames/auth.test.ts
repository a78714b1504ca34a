import assert from "node:assert/strict";
import { test } from "node:test";
import { type AuthFrame, writeAuth, writeAuthed } from "../../../../src/protocol/frames/auth.ts";
import { bytesOf, frameIn, framesIn, written } from "../../../frames.ts";

test("AUTH carries a credential of any bytes", () => {
  const credential = Uint8Array.of(0, 255, 7);
  assert.equal(
    written((writer) => writeAuth(writer, credential)),
    "040c00ff07",
  );
  assert.deepEqual(frameIn("04 0c 00ff07"), { type: 12, credential });
});

test("a credential does not keep the chunk that it came in", () => {
  const [frame] = framesIn(bytesOf(`04 0c 00ff07 ${"0109".repeat(1_000)}`));
  assert.equal((frame as AuthFrame).credential.buffer.byteLength, 3);
});

for (const [accepted, flags] of [
  [true, "01"],
  [false, "00"],
] as const) {
  test(`AUTHED, accepted: ${accepted}`, () => {
    assert.equal(
      written((writer) => writeAuthed(writer, accepted, 300)),
      `040d${flags}ac02`,
    );
    assert.deepEqual(frameIn(`04 0d ${flags} ac02`), { type: 13, accepted, expiresInMs: 300 });
  });
}

test("AUTHED with an unknown flag breaks §5.7", () => {
  assert.throws(() => frameIn("03 0d 03 00"), { clause: "§5.7" });
});
