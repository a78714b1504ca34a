import assert from "node:assert/strict";
import { test } from "node:test";
import { RateLimit } from "../../../src/runtime/rate-limit.ts";

/** A limit of ten a second, at time 0, with nothing left of what may be sent at once. */
function spent(): RateLimit {
  const limit = new RateLimit(10, 0);
  for (let count = 0; count < 20; count += 1) assert.ok(limit.pay(0));
  return limit;
}

test("what is above the limit waits for its token, and reading with it", () => {
  const limit = spent();
  assert.equal(limit.resumeAt, Number.POSITIVE_INFINITY);
  assert.equal(limit.pay(0), false);
  assert.equal(limit.resumeAt, 100);
  assert.ok(limit.payLater(100));
  assert.equal(limit.resumeAt, Number.POSITIVE_INFINITY);
});

test("a client is sent away that was never within it for ten seconds", () => {
  const limit = spent();
  for (let now = 0; now < 10_000; now += 100) {
    assert.equal(limit.pay(now), false);
    assert.ok(!limit.isExceeded(now));
    assert.ok(limit.payLater(now + 100));
  }
  assert.equal(limit.pay(10_000), false);
  assert.ok(limit.isExceeded(10_000));
});

test("one that was, once, has ten seconds again", () => {
  const limit = spent();
  assert.equal(limit.pay(0), false);
  assert.ok(limit.payLater(100));
  assert.ok(limit.pay(200));
  assert.equal(limit.pay(200), false);
  assert.ok(!limit.isExceeded(10_100));
  assert.ok(limit.isExceeded(10_200));
});
