import assert from "node:assert/strict";
import { test } from "node:test";
import { type BackoffOptions, backoffMs } from "../../../src/client/backoff.ts";

function longestWaits(count: number, options?: BackoffOptions): (number | undefined)[] {
  return Array.from({ length: count }, (_, failures) => backoffMs(failures, 1, options));
}

test("waits anything up to a bound that doubles, from 100 ms to 30 s", () => {
  const bounds = [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000];
  assert.deepEqual(longestWaits(12), bounds);
  assert.equal(backoffMs(0, 0), 0);
  assert.equal(backoffMs(3, 0.5), 400);
});

test("gives up after maxAttempts failures in a row, and never without it", () => {
  assert.deepEqual(longestWaits(4, { firstMs: 10, maxMs: 15, maxAttempts: 3 }), [10, 15, 15, undefined]);
  for (const waitMs of longestWaits(5_000)) assert.ok(waitMs && waitMs > 0);
});
