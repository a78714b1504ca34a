import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryKeys } from "../../../src/broker/memory-keys.ts";

const EPOCH = 3;

function entry(key: string, keepKeyMs = 100): { payload: string; key: string; keepKeyMs: number } {
  return { payload: "x", key, keepKeyMs };
}

test("a key is known until it expires, in its own room and log", () => {
  const keys = new MemoryKeys(10);
  keys.add("lobby", EPOCH, 5, entry("k"), 1_000);
  const known = { epoch: EPOCH, offset: 5, isRepeat: true, isMismatch: false };
  assert.deepEqual(keys.find("lobby", EPOCH, entry("k", 0), 1_099), known);
  assert.equal(keys.find("lobby", EPOCH, entry("k"), 1_100), undefined);
  assert.equal(keys.find("lobby", EPOCH + 1, entry("k"), 1_050), undefined);
  assert.equal(keys.find("elsewhere", EPOCH, entry("k"), 1_050), undefined);
});

test("a key that is repeated is known for as long as if it were new, and never for less long", () => {
  const keys = new MemoryKeys(10);
  keys.add("lobby", EPOCH, 5, entry("k"), 1_000);
  keys.find("lobby", EPOCH, entry("k"), 1_050);
  assert.equal(keys.find("lobby", EPOCH, entry("k", 10), 1_140)?.offset, 5);
  assert.equal(keys.find("lobby", EPOCH, entry("k"), 1_149)?.offset, 5);
});

test("sweeping lets go of what has expired, and of nothing else", () => {
  const keys = new MemoryKeys(10);
  keys.add("lobby", EPOCH, 1, entry("a"), 0);
  keys.add("lobby", EPOCH, 2, entry("b"), 50);
  keys.renew("lobby", "a", 170);
  keys.sweep(160);
  assert.equal(keys.size, 1);
  assert.equal(keys.find("lobby", EPOCH, entry("a"), 160)?.offset, 1);
});

test("a key that was renewed does not keep others from being swept", () => {
  const keys = new MemoryKeys(10);
  for (let n = 0; n < 5; n += 1) keys.add("lobby", EPOCH, n, entry(`k${n}`), n);
  keys.renew("lobby", "k0", 500);
  keys.sweep(200);
  assert.equal(keys.size, 1);
});

test("there are only so many: the oldest go first", () => {
  const keys = new MemoryKeys(3);
  for (let n = 1; n <= 5; n += 1) {
    keys.add("lobby", EPOCH, n, entry(`k${n}`), 0);
    keys.sweep(0);
  }
  assert.equal(keys.size, 3);
  assert.equal(keys.find("lobby", EPOCH, entry("k2"), 0), undefined);
  assert.equal(keys.find("lobby", EPOCH, entry("k3"), 0)?.offset, 3);
});
