import assert from "node:assert/strict";
import { test } from "node:test";
import { MemorySessions } from "../../../src/broker/memory-sessions.ts";
import type { StoredSession } from "../../../src/runtime/ports.ts";

const close = { code: 1000, reason: "", retryAfterMs: 0, sent: 0, received: 0, by: "client" } as const;
const stored: StoredSession = { kind: "tombstone", close };

test("what has expired is gone, looked at or not", async () => {
  let now = 0;
  const sessions = new MemorySessions(() => now, 100);
  await sessions.put("a", stored, 100);
  now = 50;
  await sessions.put("b", stored, 100);
  now = 100;
  assert.equal(await sessions.get("a"), undefined);
  assert.equal(await sessions.get("b"), stored);
  await sessions.put("c", stored, 100);
  assert.equal(sessions.size, 2);
});

test("there are only so many: those that were put longest ago go first", async () => {
  const sessions = new MemorySessions(() => 0, 2);
  for (const id of ["a", "b", "c"]) await sessions.put(id, stored, 100);
  assert.equal(sessions.size, 2);
  assert.equal(await sessions.get("a"), undefined);
  await sessions.put("b", stored, 100);
  await sessions.put("d", stored, 100);
  assert.equal(await sessions.get("b"), stored);
  assert.equal(await sessions.get("c"), undefined);
});
