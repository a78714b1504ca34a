import assert from "node:assert/strict";
import { test } from "node:test";
import { type CloseFrame, writeClose } from "../../../../src/protocol/frames/close.ts";
import { bytesOf, frameIn, framesIn, written } from "../../../frames.ts";

const bye: CloseFrame = { type: 11, code: 1000, reason: "bye", retryAfterMs: 0, sent: 3, received: 300, by: "client" };

test("a CLOSE", () => {
  assert.equal(
    written((writer) => writeClose(writer, bye)),
    "0c0b" + "e807" + "03627965" + "00" + "03" + "ac02" + "01",
  );
  assert.deepEqual(frameIn("0c0b e807 03627965 00 03 ac02 01"), bye);
});

test("a CLOSE that does not say who began it was begun by the server", () => {
  assert.deepEqual(frameIn("0b0b e807 03627965 00 03 ac02"), { ...bye, by: "server" });
});

for (const [name, reason, kept] of [
  ["ASCII", "x".repeat(200), "x".repeat(123)],
  ["exactly 123 bytes", `${"é".repeat(61)}x`, `${"é".repeat(61)}x`],
  ["a character of two bytes at the limit", `${"x".repeat(122)}é`, "x".repeat(122)],
  ["a character of four bytes at the limit", `${"x".repeat(120)}🪢`, "x".repeat(120)],
  ["only characters of three bytes", "€".repeat(100), "€".repeat(41)],
] as const) {
  test(`a long reason is cut after a whole character: ${name}`, () => {
    const [frame] = framesIn(bytesOf(written((writer) => writeClose(writer, { ...bye, reason }))));
    assert.equal((frame as CloseFrame).reason, kept);
  });
}

test("a reason longer than 123 bytes breaks §6.11", () => {
  assert.throws(() => frameIn(`8401 0b e807 7c ${"78".repeat(124)} 00 00 00 01`), { clause: "§6.11" });
});

test("a CLOSE begun by nobody that is known breaks §6.11", () => {
  for (const by of ["00", "04"]) assert.throws(() => frameIn(`08 0b e807 00 00 00 00 ${by}`), { clause: "§6.11" });
});
