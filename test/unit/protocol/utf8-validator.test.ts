import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { Utf8Validator } from "../../../src/protocol/utf8-validator.ts";
import { malformed } from "../../malformed-utf8.ts";

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
