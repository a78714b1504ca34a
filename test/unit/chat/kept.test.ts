import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kept, readKept } from "../../../src/chat/kept.ts";

test("what was kept is read; a session that has nothing of the kind is new", () => {
  const kept: Kept = { nick: "ann", speaks: "json", rooms: ["lobby", "dev"] };
  assert.deepEqual(readKept(kept), kept);
  for (const other of [undefined, null, 1, {}, { ...kept, speaks: "morse" }, { ...kept, rooms: "lobby" }]) {
    assert.equal(readKept(other), undefined);
  }
});
