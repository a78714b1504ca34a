import assert from "node:assert/strict";
import { test } from "node:test";
import { EventLoopWatch } from "../../../src/server/event-loop-watch.ts";

test("says how late its timer was, again and again, until it is stopped", () => {
  let now = 0;
  let timer: (() => void) | undefined;
  const clock = {
    now: () => now,
    setTimer: (callback: () => void, delayMs: number) => {
      assert.equal(delayMs, 250);
      timer = callback;
      return 1;
    },
    clearTimer: () => {
      timer = undefined;
    },
  };
  const delays: number[] = [];
  const watch = new EventLoopWatch(clock, (delayMs) => delays.push(delayMs));
  for (const late of [0, 3, 1_500, 0]) {
    now += 250 + late;
    timer?.();
  }
  assert.deepEqual(delays, [0, 3, 1_500, 0]);
  watch.stop();
  assert.equal(timer, undefined);
});
