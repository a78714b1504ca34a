import assert from "node:assert/strict";
import { test } from "node:test";
import { CommitHorizon } from "../../../src/session/commit-horizon.ts";

test("a record that is committed late takes nothing back", () => {
  const horizon = new CommitHorizon();
  horizon.startAfter(5, 3, 0);
  horizon.commit(9, 7);
  horizon.commit(8, 8);
  assert.deepEqual([horizon.sent, horizon.processed], [9, 8]);
});

test("the checksum is that of what was processed, not of what has come", () => {
  const horizon = new CommitHorizon();
  horizon.startAfter(0, 0, 11);
  for (const checksum of [22, 33, 44]) horizon.received(checksum);
  assert.equal(horizon.checksum, 11);
  horizon.advance(2);
  assert.equal(horizon.checksum, 33);
  horizon.advance(1);
  assert.equal(horizon.checksum, 44);
});
