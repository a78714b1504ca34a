import assert from "node:assert/strict";
import { test } from "node:test";
import { GAP_REASONS, writeGap } from "../../../../src/protocol/frames/gap.ts";
import { frameIn, written } from "../../../frames.ts";

for (const [number, name] of GAP_REASONS.entries()) {
  if (name === undefined) continue;
  test(`a GAP: ${name}`, () => {
    const hex = `05080129630${number}`;
    assert.equal(
      written((writer) => writeGap(writer, 1, 41, 99, name)),
      hex,
    );
    assert.deepEqual(frameIn(hex), { type: 8, alias: 1, from: 41, to: 99, reason: name });
  });
}

test("a GAP with a reason that nobody knows breaks §6.8", () => {
  for (const reason of ["00", "06", "ff"]) assert.throws(() => frameIn(`05 08 01 29 63 ${reason}`), { clause: "§6.8" });
});
