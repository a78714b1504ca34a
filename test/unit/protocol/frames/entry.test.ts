import assert from "node:assert/strict";
import { test } from "node:test";
import { EntryFlag, writeEntry } from "../../../../src/protocol/frames/entry.ts";
import { frameIn, written } from "../../../frames.ts";

test("an ENTRY of the log", () => {
  assert.equal(
    written((writer) => writeEntry(writer, EntryFlag.text, 1, 300, 2, 1_700_000_000_000, "hi")),
    "0e04" + "01" + "01" + "ac02" + "02" + "80d095ffbc31" + "6869",
  );
  assert.deepEqual(frameIn("0e04 01 01 ac02 02 80d095ffbc31 6869"), {
    type: 4,
    flags: 1,
    alias: 1,
    offset: 300,
    step: 2,
    at: 1_700_000_000_000,
    payload: Uint8Array.of(0x68, 0x69),
  });
});

test("an ephemeral ENTRY has no place in the log", () => {
  const payload = Uint8Array.of(9);
  assert.equal(
    written((writer) => writeEntry(writer, EntryFlag.ephemeral, 1, 300, 2, 5, payload)),
    "05040201" + "05" + "09",
  );
  const entry = { type: 4, flags: 2, alias: 1, offset: 0, step: 0, at: 5, payload };
  assert.deepEqual(frameIn("0504 02 01 05 09"), entry);
});

test("an ENTRY with an unknown flag breaks §5.7", () => {
  assert.throws(() => frameIn("06 04 04 01 01 01 01"), { clause: "§5.7" });
});
