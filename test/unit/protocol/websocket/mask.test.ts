import assert from "node:assert/strict";
import { test } from "node:test";
import { applyMask, rotateMask } from "../../../../src/protocol/websocket/mask.ts";

const MASK = 0x81_02_f3_04 | 0;
const MASK_BYTES = [0x81, 0x02, 0xf3, 0x04] as const;

test("every length at every alignment is masked as the RFC says, and nothing around it", () => {
  for (const length of [0, 1, 2, 3, 4, 5, 7, 63, 64, 127, 128, 129, 130, 131, 143, 144, 145, 1_000]) {
    for (let start = 0; start < 8; start++) {
      const bytes = Uint8Array.from({ length: start + length + 8 }, (_, i) => (i * 7) & 0xff);
      const expected = Uint8Array.from(bytes);
      for (let i = 0; i < length; i++) {
        expected[start + i] = (expected[start + i] as number) ^ (MASK_BYTES[i % 4] as number);
      }
      applyMask(bytes, start, start + length, MASK);
      assert.deepEqual(bytes, expected, `${length} bytes from ${start}`);
    }
  }
});

test("a view into a larger buffer is masked where it lies", () => {
  const buffer = new Uint8Array(1_024);
  applyMask(buffer.subarray(3, 603), 1, 600, MASK);
  assert.deepEqual([...buffer.subarray(0, 9)], [0, 0, 0, 0, ...MASK_BYTES, MASK_BYTES[0]]);
  assert.equal(
    buffer.findLastIndex((byte) => byte !== 0),
    602,
  );
});

test("a rotated mask goes on where the payload was cut", () => {
  for (const cut of [0, 1, 2, 3, 4, 5, 129, 130]) {
    const whole = new Uint8Array(300);
    const parts = new Uint8Array(300);
    applyMask(whole, 0, 300, MASK);
    applyMask(parts, 0, cut, MASK);
    applyMask(parts, cut, 300, rotateMask(MASK, cut));
    assert.deepEqual(parts, whole);
  }
});

test("it says whether all that came out is ASCII", () => {
  for (const length of [1, 3, 4, 64, 128, 131, 1_000]) {
    const text = new Uint8Array(length + 1).fill(0x7f);
    applyMask(text, 1, length + 1, MASK);
    assert.equal(applyMask(text, 1, length + 1, MASK), true);
    for (let at = 1; at <= length; at++) {
      const other = new Uint8Array(length + 1).fill(0x7f);
      other[at] = 0x80;
      applyMask(other, 1, length + 1, MASK);
      assert.equal(applyMask(other, 1, length + 1, MASK), false, `byte ${at} of ${length}`);
    }
  }
});
