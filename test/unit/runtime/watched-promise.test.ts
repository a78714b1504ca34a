import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WatchedPromise } from "../../../src/runtime/watched-promise.ts";
import { turnOver } from "../../rooms-kit.ts";

function failing(): { promise: WatchedPromise<void>; fail: () => void } {
  let fail = (): void => {};
  const promise = new WatchedPromise<void>((_, reject) => {
    fail = () => reject(new Error("failed"));
  }).quiet();
  return { promise, fail };
}

const ignore = (): void => {};
const watchers: [how: string, watch: (promise: Promise<void>) => unknown][] = [
  ["await", async (promise) => await promise.catch(ignore)],
  [
    "await in try",
    async (promise) => {
      try {
        await promise;
      } catch {}
    },
  ],
  ["then", (promise) => promise.then(ignore, ignore)],
  ["catch", (promise) => promise.catch(ignore)],
  ["Promise.all", (promise) => Promise.all([promise]).catch(ignore)],
  ["Promise.allSettled", (promise) => Promise.allSettled([promise])],
  ["what an async function returns", (promise) => (async () => promise)().catch(ignore)],
  ["Promise.resolve", (promise) => Promise.resolve(promise).catch(ignore)],
];

for (const [how, watch] of watchers) {
  test(`${how} watches it`, async () => {
    const { promise, fail } = failing();
    void watch(promise);
    fail();
    await turnOver();
    assert.equal(promise.isWatched, true);
  });
}

test("nobody watches a promise that was forgotten, and its failure ends no process", async () => {
  const unhandled: unknown[] = [];
  process.on("unhandledRejection", (error) => unhandled.push(error));
  const { promise, fail } = failing();
  fail();
  await turnOver();
  await turnOver();
  assert.equal(promise.isWatched, false);
  assert.deepEqual(unhandled, []);
});

test("what `then` gives is an ordinary promise, whose failure is reported by the runtime as ever", async () => {
  const { promise, fail } = failing();
  const derived = promise.then(ignore);
  assert.equal(derived.constructor, Promise);
  process.removeAllListeners("unhandledRejection");
  const reported = once(process, "unhandledRejection");
  fail();
  const [error] = await reported;
  assert.equal((error as Error).message, "failed");
});
