import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuMicrosOf, residentBytesOf } from "../../../src/load/process-meter.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

test("a process is seen from outside as it sees itself", { skip }, () => {
  const spin = performance.now();
  while (performance.now() - spin < 50);
  const { user, system } = process.cpuUsage();
  const seen = cpuMicrosOf(process.pid);
  assert.ok(Math.abs(seen - user - system) < 30_000, `${seen} and ${user + system}`);
  const bytes = residentBytesOf(process.pid);
  assert.ok(Math.abs(bytes / process.memoryUsage.rss() - 1) < 0.2, `${bytes}`);
});

test("there is nothing to be seen of a process that is not there", () => {
  assert.throws(() => cpuMicrosOf(2 ** 30));
});
