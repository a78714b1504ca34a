import assert from "node:assert/strict";
import { test } from "node:test";
import { writeLeft } from "../../../../src/protocol/frames/left.ts";
import { frameIn, written } from "../../../frames.ts";

test("a LEFT", () => {
  assert.equal(
    written((writer) => writeLeft(writer, "lobby")),
    "0707" + "056c6f626279",
  );
  assert.deepEqual(frameIn("07 07 05 6c6f626279"), { type: 7, name: "lobby" });
});
