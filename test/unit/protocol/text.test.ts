import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8, encodeUtf8Into, utf8Length } from "../../../src/protocol/text.ts";
import { malformed } from "../../malformed-utf8.ts";

const texts = [
  "",
  "a",
  "eight ch",
  "nine char",
  "exactly twenty-four char",
  "a little more than 24 characters",
  "é",
  "short, but not ASCII: ü",
  "€uro and 🪢",
  "\u0000\u007f\u0080\u07ff\u0800\uffff\u{10000}\u{10ffff}",
  "\ufeffwith a byte order mark",
  "long ".repeat(1_000),
  "länger ".repeat(1_000),
];

for (const text of texts) {
  test(`${JSON.stringify(text.slice(0, 40))} (${text.length}) there and back`, () => {
    const expected = Buffer.from(text);
    assert.equal(utf8Length(text), expected.length);
    const target = new Uint8Array(expected.length + 5);
    assert.equal(encodeUtf8Into(text, target, 3), 3 + expected.length);
    assert.deepEqual(Buffer.from(target.subarray(3, -2)), expected);
    assert.deepEqual([...target.subarray(0, 3), ...target.subarray(-2)], [0, 0, 0, 0, 0]);
    assert.equal(decodeUtf8(target, 3, 3 + expected.length), text);
  });
}

for (const [name, text] of [
  ["a high one alone", "a\ud83e"],
  ["a low one alone", "\udea2a"],
  ["two in the wrong order", "\udea2\ud83e"],
  ["one before a pair", "\ud83e\ud83e\udea2"],
  ["one in a long text", `${"x".repeat(40)}\ud83e`],
] as const) {
  test(`a lone surrogate becomes U+FFFD: ${name}`, () => {
    const expected = Buffer.from(text);
    const target = new Uint8Array(200);
    const end = encodeUtf8Into(text, target, 0);
    assert.equal(end, utf8Length(text));
    assert.deepEqual(Buffer.from(target.subarray(0, end)), expected);
  });
}

test("bytes that are not UTF-8 become U+FFFD, as many as the Encoding standard says", () => {
  const standard = new TextDecoder("utf-8", { ignoreBOM: true });
  for (const bytes of malformed) {
    for (const padding of [0, 40]) {
      const padded = Uint8Array.from([...bytes, ...new Uint8Array(padding).fill(0x61)]);
      assert.equal(decodeUtf8(padded, 0, padded.length), standard.decode(padded));
    }
  }
});
