import assert from "node:assert/strict";
import { test } from "node:test";
import { UsageError } from "../../../src/cli/failure.ts";
import { readRetention } from "../../../src/cli/retention.ts";

test("amounts are told apart by their units, and rooms by their names", () => {
  assert.deepEqual(readRetention("1000"), { maxEntries: 1_000, rooms: {} });
  assert.deepEqual(readRetention(" 30d,100MiB   5 lobby=2GiB news*=90min,7 a=b=12h,1KiB "), {
    maxAgeMs: 30 * 86_400_000,
    maxBytes: 100 * 1_024 ** 2,
    maxEntries: 5,
    rooms: {
      lobby: { maxBytes: 2 * 1_024 ** 3 },
      "news*": { maxAgeMs: 90 * 60_000, maxEntries: 7 },
      "a=b": { maxAgeMs: 12 * 3_600_000, maxBytes: 1_024 },
    },
  });
  assert.deepEqual(readRetention(""), { rooms: {} });
});

test("what is no amount is wrong usage", () => {
  for (const text of ["0", "-1", "1.5d", "30days", "100MB", "d", "lobby=", "lobby", "1,,2", "1 lobby=x", "1toString"]) {
    assert.throws(() => readRetention(text), UsageError, text);
  }
});
