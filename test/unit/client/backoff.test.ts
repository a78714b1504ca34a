import assert from "node:assert/strict";
import { test } from "node:test";
import { Backoff } from "../../../src/client/backoff.ts";

test("waits anything up to a bound that doubles, from 100 ms to 30 s", () => {
  const longest = new Backoff(() => 1);
  const waits = Array.from({ length: 12 }, () => longest.next());
  assert.deepEqual(waits, [100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000, 30_000]);
  assert.equal(new Backoff(() => 0).next(), 0);
});

test("begins anew after a success", () => {
  const backoff = new Backoff(() => 1);
  backoff.next();
  backoff.next();
  backoff.failures = 0;
  assert.equal(backoff.next(), 100);
});

test("gives up after maxAttempts failures in a row, and never without it", () => {
  const patient = new Backoff(() => 1, { firstMs: 10, maxMs: 15, maxAttempts: 3 });
  assert.deepEqual([patient.next(), patient.next(), patient.next(), patient.next()], [10, 15, 15, undefined]);
  const stubborn = new Backoff(() => 1);
  for (let index = 0; index < 5_000; index += 1) assert.ok((stubborn.next() ?? 0) > 0);
});
