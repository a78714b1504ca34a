import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { decodeUtf8, encodeUtf8Into, Utf8Validator, utf8Length } from "../../../src/protocol/text.ts";

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

/** Unicode 15, table 3-7: what no text has. */
const malformed = [
  [0x80],
  [0xbf],
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xc3, 0x28],
  [0xe0, 0x9f, 0xbf],
  [0xe2, 0x82, 0x28],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xf0, 0x8f, 0xbf, 0xbf],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xff],
];

suite("Utf8Validator", () => {
  test("takes every character, cut anywhere", () => {
    const validator = new Utf8Validator();
    for (let point = 0; point <= 0x10ffff; point += point < 0x1_0000 ? 1 : 251) {
      if (point >= 0xd800 && point <= 0xdfff) continue;
      const bytes = Buffer.from(String.fromCodePoint(point));
      for (let at = 0; at < bytes.length; at++) {
        assert.ok(validator.push(bytes, at, at + 1));
        assert.equal(validator.complete, at === bytes.length - 1, `U+${point.toString(16)}`);
      }
    }
  });

  test("refuses what no text has, at the first byte that says so", () => {
    for (const bytes of malformed) {
      const validator = new Utf8Validator();
      const bad = bytes.findIndex((_, at) => !validator.push(Uint8Array.from(bytes), at, at + 1));
      assert.equal(bad, firstBad(bytes), `${bytes}`);
      assert.equal(validator.complete, false);
      assert.equal(validator.push(Uint8Array.of(0x61), 0, 1), false, "it stays refused");
      validator.reset();
      assert.ok(validator.push(Uint8Array.of(0x61), 0, 1) && validator.complete);
    }
  });

  test("looks at the bytes between start and end only, and at all of them", () => {
    const bytes = Uint8Array.from([0xff, ...Buffer.from("ASCII, then é and 🪢, and ASCII again"), 0xff]);
    assert.ok(new Utf8Validator().push(bytes, 1, bytes.length - 1));
    for (let at = 1; at < bytes.length - 1; at++) {
      const spoilt = Uint8Array.from(bytes);
      spoilt[at] = 0xff;
      assert.equal(new Utf8Validator().push(spoilt, 1, bytes.length - 1), false);
    }
  });
});

/** Where a decoder that stops at errors first knows: no continuation of the bytes up to there is text. */
function firstBad(bytes: readonly number[]): number {
  const isText = (prefix: readonly number[]) => {
    const tails = [[], [0x80], [0x9f], [0xbf], [0x80, 0x80], [0x9f, 0x80], [0xbf, 0x80], [0x80, 0x80, 0x80]];
    tails.push([0x8f, 0x80, 0x80], [0xbf, 0x80, 0x80]);
    return tails.some((tail) => {
      try {
        new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from([...prefix, ...tail]));
        return true;
      } catch {
        return false;
      }
    });
  };
  return bytes.findIndex((_, at) => !isText(bytes.slice(0, at + 1)));
}
