import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_LIMITS, resolveLimits } from "../../../src/session/limits.ts";

test("what is not named has its default", () => {
  assert.deepEqual(resolveLimits({ windowMessages: 5, heartbeatMs: undefined }), {
    ...DEFAULT_LIMITS,
    windowMessages: 5,
  });
});

test("a name that is none, and a value that cannot be a limit, are refused", () => {
  assert.throws(() => resolveLimits({ windowMesages: 5 } as object), /no limit called windowMesages/);
  for (const value of [0, -1, Number.NaN, "5" as unknown as number]) {
    assert.throws(() => resolveLimits({ windowMessages: value }), RangeError);
  }
});

test("a rate, and the delay of an acknowledgement, may be none", () => {
  const { messagesPerSecond, ackDelayMs } = resolveLimits({ messagesPerSecond: 0, ackDelayMs: 0 });
  assert.deepEqual([messagesPerSecond, ackDelayMs], [0, 0]);
});
