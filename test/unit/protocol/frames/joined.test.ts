import assert from "node:assert/strict";
import { test } from "node:test";
import { writeJoined } from "../../../../src/protocol/frames/joined.ts";
import { frameIn, written } from "../../../frames.ts";

test("a JOINED", () => {
  const joined = { alias: 1, name: "café", epoch: 300, cursor: 40, head: 42, ticket: "t" };
  assert.equal(
    written((writer) => writeJoined(writer, joined)),
    "0e06" + "01" + "05636166c3a9" + "ac02" + "28" + "2a" + "0174",
  );
  assert.deepEqual(frameIn("0e06 01 05636166c3a9 ac02 28 2a 0174"), { type: 6, ...joined });
});
