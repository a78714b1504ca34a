import assert from "node:assert/strict";
import { test } from "node:test";
import { TokenBucket } from "../../../src/session/token-bucket.ts";

test("twice as much as a second earns may be taken at once, then what time earns", () => {
  const bucket = new TokenBucket(10, 0);
  for (let count = 0; count < 20; count += 1) assert.equal(bucket.take(0), 0);
  assert.equal(bucket.take(0), 100);
  assert.equal(bucket.take(50), 50);
  assert.equal(bucket.take(100), 0);
  assert.equal(bucket.take(100), 100);
});

test("what is not used does not add up for ever", () => {
  const bucket = new TokenBucket(10, 0);
  for (let count = 0; count < 20; count += 1) assert.equal(bucket.take(3_600_000), 0);
  assert.equal(bucket.take(3_600_000), 100);
});
