import assert from "node:assert/strict";
import { test } from "node:test";
import { HistoryEntry } from "../../../src/rooms/room-entry.ts";

test("an entry of text is text, bytes and perhaps JSON", () => {
  const entry = new HistoryEntry({ offset: 4, previous: 3, at: 5, payload: '["é"]', byteLength: 6, text: undefined });
  assert.deepEqual([entry.offset, entry.at, entry.isText, entry.text(), entry.json()], [4, 5, true, '["é"]', ["é"]]);
  assert.deepEqual(Buffer.from(entry.bytes()).toString(), '["é"]');
});

test("an entry of bytes is given as a copy", () => {
  const payload = Uint8Array.of(0x68, 0x69);
  const entry = new HistoryEntry({ offset: 4, previous: 3, at: 5, payload, byteLength: 2, text: undefined });
  assert.deepEqual([entry.isText, entry.text()], [false, "hi"]);
  entry.bytes()[0] = 0;
  assert.deepEqual(payload, Uint8Array.of(0x68, 0x69));
  assert.throws(() => entry.json(), SyntaxError);
});
