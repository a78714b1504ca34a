import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatEntry, parseEntry } from "../../../src/cli/archive-line.ts";

const MAX_BYTES = 1_000;

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
        assert.deepEqual(parseEntry(line, MAX_BYTES), { room, at, payload, text });
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
    '{"room":"hall","at":1,"base64":"no!"}',
    '{"room":"hall","at":1,"base64":"AA"}',
  ]) {
    assert.throws(() => parseEntry(line, MAX_BYTES), SyntaxError, line);
  }
  const both = '{"room":"hall","at":1,"payload":"","base64":""}';
  assert.throws(() => parseEntry(both, MAX_BYTES), {
    message: "it has to have either `payload`, as text, or `base64`",
  });
});

test("an entry that is larger than a message may be is refused, in bytes", () => {
  const line = (content: object): string => JSON.stringify({ room: "hall", at: 1, ...content });
  const bytes = (count: number): string => Buffer.alloc(count).toString("base64");
  for (const content of [
    { payload: "é".repeat(500) },
    { base64: bytes(1_000) },
    { payload: "", text: "x".repeat(1_000) },
  ]) {
    parseEntry(line(content), MAX_BYTES);
  }
  for (const content of [
    { payload: "é".repeat(501) },
    { base64: bytes(1_001) },
    { payload: "", text: "x".repeat(1_001) },
  ]) {
    assert.throws(() => parseEntry(line(content), MAX_BYTES), RangeError);
  }
});
