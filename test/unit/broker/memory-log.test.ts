import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Entry } from "../../../src/broker/broker.ts";
import { MemoryLog } from "../../../src/broker/memory-log.ts";

const retention = { maxEntries: 20, maxBytes: 300, maxAgeMs: 50 };
const EPOCH = 7;

test("whatever is appended, trimmed and read, the log agrees with a list", () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("append" as const), size: fc.nat(60) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.nat(20) }),
    fc.record({ kind: fc.constant("read" as const), after: fc.nat(120), entries: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ kind: fc.constant("back" as const), before: fc.nat(120), entries: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
      const log = new MemoryLog(EPOCH);
      let list: Entry[] = [];
      let now = 0;
      const trimmed = (): number => log.head.offset - list.length;
      for (const step of actions) {
        if (step.kind === "wait") now += step.ms;
        if (step.kind === "append") {
          list.push(log.append({ payload: "x".repeat(step.size) }, now));
          log.trim(retention, now);
          while (list.length > 1 && (list.length > retention.maxEntries || sizeOf(list) > retention.maxBytes))
            list.shift();
          list = list.filter(({ at }) => at >= now - retention.maxAgeMs);
          assert.equal(log.bytes, sizeOf(list));
        }
        if (step.kind === "read") {
          const page = log.read({ epoch: EPOCH, offset: step.after }, { entries: step.entries, bytes: 1_000 });
          const rest = list.filter(({ offset }) => offset > step.after);
          assert.deepEqual(page.entries, rest.slice(0, step.entries));
          assert.equal(page.hasMore, rest.length > step.entries);
          assert.equal(page.after, Math.max(step.after, trimmed()));
        }
        if (step.kind === "back") {
          const page = log.readBack(step.before, { entries: step.entries, bytes: 1_000 });
          const rest = list.filter(({ offset }) => offset < step.before);
          assert.deepEqual(page.entries, rest.slice(-step.entries));
          assert.equal(page.hasMore, rest.length > step.entries);
        }
      }
    }),
  );
});

test("what was cleared is trimmed, and the log goes on from its head", () => {
  const log = new MemoryLog(EPOCH);
  for (const payload of ["one", "two"]) log.append({ payload }, 0);
  log.clear();
  const next = log.append({ payload: "three" }, 0);
  assert.deepEqual([next.offset, next.previous, log.bytes], [3, 2, 5]);
  const page = log.read({ epoch: EPOCH, offset: 0 }, { entries: 9, bytes: 999 });
  assert.deepEqual([page.after, page.entries], [2, [next]]);
});

test("a plain-text alternative counts towards the bytes that are kept", () => {
  const log = new MemoryLog(EPOCH);
  log.append({ payload: "abc", text: "shown" }, 0);
  assert.equal(log.bytes, 8);
});

function sizeOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
}
