import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatEntry, parseEntry } from "../../../src/cli/archive-line.ts";

test("what is written of an entry is read again, on one line, whatever it says", () => {
  const string = fc.string({ unit: "binary" });
  const payload = fc.oneof(string, fc.uint8Array());
  const text = fc.option(string, { nil: undefined });
  fc.assert(
    fc.property(
      string.filter((room) => room !== ""),
      fc.nat(),
      payload,
      text,
      (room, at, payload, text) => {
        const line = formatEntry(room, { offset: 2, previous: 1, at, payload, byteLength: 0, text });
        assert.equal(line.indexOf("\n"), line.length - 1);
        assert.deepEqual(parseEntry(line), { room, at, payload, text });
      },
    ),
  );
});

test("a line that is no entry is refused with what is wrong", () => {
  for (const line of [
    "null",
    "[]",
    "{",
    '{"room":"hall","at":1.5,"payload":""}',
    '{"room":"hall","at":1,"payload":1}',
  ]) {
    assert.throws(() => parseEntry(line), SyntaxError, line);
  }
  const both = '{"room":"hall","at":1,"payload":"","base64":""}';
  assert.throws(() => parseEntry(both), { message: "it has to have either `payload`, as text, or `base64`" });
});
