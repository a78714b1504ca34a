import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../../src/protocol/crc32.ts";

const check = Buffer.from("123456789");

test("the check value of CRC-32, and that of nothing", () => {
  assert.equal(crc32(check, 0, 9), 0xcbf43926);
  assert.equal(crc32(check, 4, 4), 0);
});

test("every length and every start gives what the definition gives", () => {
  const bytes = Uint8Array.from({ length: 40 }, (_, index) => (index * 97 + 13) & 0xff);
  for (let start = 0; start < 10; start++) {
    for (let end = start; end <= bytes.length; end++) {
      assert.equal(crc32(bytes, start, end), bitByBit(bytes.subarray(start, end)));
    }
  }
});

test("a checksum goes on from that of the bytes before", () => {
  for (let cut = 0; cut <= check.length; cut++) {
    assert.equal(crc32(check, cut, 9, crc32(check, 0, cut)), 0xcbf43926);
  }
});

/** CRC-32 as its definition has it, one bit at a time. */
function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
