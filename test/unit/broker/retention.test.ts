import assert from "node:assert/strict";
import { test } from "node:test";
import { holdsTooMuch, leastAgeMs, planRetention, retentionOf } from "../../../src/broker/retention.ts";

const DEFAULTS = { maxEntries: 10, maxBytes: 1_000, maxAgeMs: 500 };

test("what is not given is the default; of a room, what all rooms have", () => {
  assert.deepEqual(retentionOf(planRetention(undefined, DEFAULTS), "lobby"), DEFAULTS);
  const plan = planRetention(
    { maxEntries: 20, maxBytes: undefined, rooms: { lobby: { maxBytes: 5 }, "a*": {} } },
    DEFAULTS,
  );
  assert.deepEqual(retentionOf(plan, "hall"), { maxEntries: 20, maxBytes: 1_000, maxAgeMs: 500 });
  assert.deepEqual(retentionOf(plan, "lobby"), { maxEntries: 20, maxBytes: 5, maxAgeMs: 500 });
  assert.deepEqual(retentionOf(plan, "attic"), retentionOf(plan, "hall"));
});

test("a name goes before a beginning, and a longer beginning before a shorter one", () => {
  const rooms = {
    "*": { maxEntries: 1 },
    "a/*": { maxEntries: 2 },
    "a/b/*": { maxEntries: 3 },
    "a/b/": { maxEntries: 4 },
  };
  const plan = planRetention({ rooms }, DEFAULTS);
  const found = ["z", "a", "a/", "a/x", "a/b/x", "a/b/"].map((room) => retentionOf(plan, room).maxEntries);
  assert.deepEqual(found, [1, 1, 2, 2, 3, 4]);
});

test("the least age is that of whatever goes first", () => {
  const { maxEntries, maxBytes } = DEFAULTS;
  const forEver = { maxEntries, maxBytes, maxAgeMs: Number.POSITIVE_INFINITY };
  assert.equal(leastAgeMs(planRetention({}, forEver)), Number.POSITIVE_INFINITY);
  assert.equal(leastAgeMs(planRetention({ rooms: { a: { maxAgeMs: 5 }, "b*": { maxAgeMs: 7 } } }, forEver)), 5);
  assert.equal(leastAgeMs(planRetention({ rooms: { a: { maxAgeMs: 900 }, "b*": { maxAgeMs: 7 } } }, DEFAULTS)), 7);
  assert.equal(leastAgeMs(planRetention({ rooms: { a: { maxAgeMs: 900 } } }, DEFAULTS)), 500);
});

test("what cannot be a limit is refused, and so is what nobody would read", () => {
  for (const limit of [0, -1, Number.NaN, "ten" as unknown as number]) {
    assert.throws(() => planRetention({ maxBytes: limit }, DEFAULTS), {
      name: "RangeError",
      message: `retention.maxBytes must be a number of at least 1, not ${limit}`,
    });
  }
  assert.throws(() => planRetention({ rooms: { "a*": { maxAgeMs: 0 } } }, DEFAULTS), {
    name: "RangeError",
    message: 'retention.rooms["a*"].maxAgeMs must be a number of at least 1, not 0',
  });
  assert.throws(() => planRetention({ room: {} } as object, DEFAULTS), TypeError);
});

test("a log holds too much by number, by bytes or by age; its only entry goes by age alone", () => {
  const holding = { entries: 10, bytes: 1_000, oldestAt: 2_000 };
  assert.equal(holdsTooMuch(DEFAULTS, holding, 2_500), false);
  assert.equal(holdsTooMuch(DEFAULTS, { ...holding, entries: 11 }, 2_500), true);
  assert.equal(holdsTooMuch(DEFAULTS, { ...holding, bytes: 1_001 }, 2_500), true);
  assert.equal(holdsTooMuch(DEFAULTS, holding, 2_501), true);
  assert.equal(holdsTooMuch(DEFAULTS, { entries: 1, bytes: 1_001, oldestAt: 2_000 }, 2_500), false);
  assert.equal(holdsTooMuch(DEFAULTS, { entries: 1, bytes: 1, oldestAt: 2_000 }, 2_501), true);
});
