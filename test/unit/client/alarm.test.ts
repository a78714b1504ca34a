import assert from "node:assert/strict";
import { test } from "node:test";
import { Alarm } from "../../../src/client/alarm.ts";
import { ManualClock } from "../../client-fixture.ts";

/** An alarm that takes notes, and wants to be rung again at `next`. */
class Sleeper {
  readonly clock = new ManualClock();
  readonly rings: number[] = [];
  next = Number.POSITIVE_INFINITY;
  readonly alarm = new Alarm(this.clock, (now) => {
    this.rings.push(now);
    return this.next;
  });
}

test("an earlier deadline counts, a later one does not", async () => {
  const { clock, alarm, rings } = new Sleeper();
  alarm.wake(100);
  alarm.wake(50);
  alarm.wake(200);
  assert.equal(clock.timers, 1);
  await clock.advance(300);
  assert.deepEqual(rings, [50]);
});

test("whoever is rung says when to be rung again", async () => {
  const sleeper = new Sleeper();
  sleeper.next = 70;
  sleeper.alarm.wake(50);
  await sleeper.clock.advance(60);
  sleeper.next = Number.POSITIVE_INFINITY;
  await sleeper.clock.advance(100);
  assert.deepEqual(sleeper.rings, [50, 70]);
  assert.equal(sleeper.clock.timers, 0);
});

test("what is due at once again waits a millisecond, so that the loop goes on", async () => {
  const { clock, alarm, rings } = Object.assign(new Sleeper(), { next: 0 });
  alarm.wake(10);
  await clock.advance(12);
  assert.deepEqual(rings, [10, 11, 12]);
});

test("what lies beyond the longest timer is still rung in its time", async () => {
  const sleeper = new Sleeper();
  const at = 40 * 86_400_000;
  sleeper.next = at;
  sleeper.alarm.wake(at);
  await sleeper.clock.advance(at - 1);
  assert.deepEqual(sleeper.rings, [2 ** 31 - 1], "early, and armed again");
  await sleeper.clock.advance(1);
  assert.equal(sleeper.rings.at(-1), at);
});

test("one that was stopped rings no more, whoever wants it to", async () => {
  const { clock, alarm, rings } = new Sleeper();
  alarm.wake(50);
  alarm.stop();
  alarm.wake(60);
  assert.equal(clock.timers, 0);
  await clock.advance(100);
  assert.deepEqual(rings, []);
});
