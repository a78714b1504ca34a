import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadlines, type Timed } from "../../../src/runtime/deadlines.ts";
import { ManualClock } from "../../client-fixture.ts";

class Item implements Timed {
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly calls: number[] = [];
  next = Number.POSITIVE_INFINITY;

  onTime(now: number): number {
    this.calls.push(now);
    return this.next;
  }
}

test("calls each at its time, on one timer", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const items = [300, 100, 200].map((at) => {
    const item = new Item();
    deadlines.wake(item, at);
    return item;
  });
  await clock.advance(250);
  assert.deepEqual(
    items.map(({ calls }) => calls),
    [[], [100], [200]],
  );
  await clock.advance(50);
  assert.deepEqual(items[0]?.calls, [300]);
});

test("an earlier deadline counts, a later one does not", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const item = new Item();
  deadlines.wake(item, 100);
  deadlines.wake(item, 50);
  deadlines.wake(item, 200);
  item.next = 70;
  await clock.advance(60);
  assert.deepEqual(item.calls, [50]);
  item.next = Number.POSITIVE_INFINITY;
  await clock.advance(100);
  assert.deepEqual(item.calls, [50, 70]);
});

test("what is due at once again waits a millisecond, so that the loop goes on", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const item = new Item();
  item.next = 0;
  deadlines.wake(item, 10);
  await clock.advance(12);
  assert.deepEqual(item.calls, [10, 11, 12]);
});

test("without deadlines there is no timer", () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  const items = [new Item(), new Item()];
  for (const item of items) deadlines.wake(item, 1_000);
  assert.ok(clock.timers > 0);
  for (const item of items) deadlines.cancel(item);
  assert.equal(clock.timers, 0);
  deadlines.wake(items[0] as Item, 500);
  assert.equal(clock.timers, 1, "and there is one again when there is a deadline");
});
