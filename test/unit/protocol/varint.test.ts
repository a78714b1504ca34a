import assert from "node:assert/strict";
import { test } from "node:test";
import { LONGEST_VARINT_BYTES, putVarint, varintLength } from "../../../src/protocol/varint.ts";

const cases: [value: number, hex: string][] = [
  [0, "00"],
  [1, "01"],
  [127, "7f"],
  [128, "8001"],
  [300, "ac02"],
  [16_383, "ff7f"],
  [16_384, "808001"],
  [2 ** 31 - 1, "ffffffff07"],
  [2 ** 31, "8080808008"],
  [2 ** 32 + 5, "8580808010"],
  [2 ** 49 - 1, "ffffffffffff7f"],
  [2 ** 49, "8080808080808001"],
  [Number.MAX_SAFE_INTEGER, "ffffffffffffff0f"],
];

for (const [value, hex] of cases) {
  test(`${value} is ${hex}`, () => {
    const bytes = new Uint8Array(2 + LONGEST_VARINT_BYTES);
    const end = putVarint(value, bytes, 2);
    assert.equal(Buffer.from(bytes.subarray(2, end)).toString("hex"), hex);
    assert.equal(varintLength(value), hex.length / 2);
  });
}
