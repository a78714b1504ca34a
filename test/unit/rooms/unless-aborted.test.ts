import assert from "node:assert/strict";
import { test } from "node:test";
import { unlessAborted } from "../../../src/rooms/unless-aborted.ts";

const NEVER: Promise<never> = new Promise(() => {});

test("without an abort it gives what the promise gives", async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(Promise.resolve(1), undefined), 1);
  assert.equal(await unlessAborted(Promise.resolve(2), signal), 2);
  await assert.rejects(unlessAborted(Promise.reject(new Error("no")), signal), /no/);
});

test("an abort, before or while it waits, rejects at once with the signal's reason", async () => {
  const controller = new AbortController();
  const waiting = unlessAborted(NEVER, controller.signal);
  controller.abort(new Error("enough"));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(unlessAborted(NEVER, controller.signal), /enough/);
  // What fails afterwards is nobody's, and must not end the process.
  await assert.rejects(unlessAborted(Promise.reject(new Error("too late")), controller.signal), /enough|too late/);
});
