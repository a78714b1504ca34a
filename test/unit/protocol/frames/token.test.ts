import assert from "node:assert/strict";
import { test } from "node:test";
import { writeToken } from "../../../../src/protocol/frames/token.ts";
import { frameIn, written } from "../../../frames.ts";

test("a TOKEN", () => {
  assert.equal(
    written((writer) => writeToken(writer, "abc")),
    "050f" + "03616263",
  );
  assert.deepEqual(frameIn("05 0f 03 616263"), { type: 15, token: "abc" });
});
