import assert from "node:assert/strict";
import { test } from "node:test";
import { Heartbeat } from "../../../src/session/heartbeat.ts";

function started(): Heartbeat {
  const heartbeat = new Heartbeat(100);
  heartbeat.start(0);
  return heartbeat;
}

test("a busy line is left alone", () => {
  const heartbeat = started();
  for (let now = 90; now < 1_000; now += 90) {
    heartbeat.heard(now);
    if (now >= heartbeat.at) assert.equal(heartbeat.check(now, now), "wait");
    assert.ok(heartbeat.at > now);
  }
});

test("one on which nothing was heard is pinged, and given up after a second heartbeat", () => {
  const heartbeat = started();
  assert.equal(heartbeat.check(100, 60), "ping");
  assert.equal(heartbeat.at, 200);
  assert.equal(heartbeat.check(200, 60), "give-up");
  assert.equal(heartbeat.at, Number.POSITIVE_INFINITY);
});

test("one that answers is not", () => {
  const heartbeat = started();
  assert.equal(heartbeat.check(100, 0), "ping");
  heartbeat.heard(105);
  assert.equal(heartbeat.check(200, 100), "ping", "nothing was written meanwhile");
  assert.equal(heartbeat.check(205, 200), "wait", "one ping is enough");
  assert.equal(heartbeat.at, 300);
});

test("a client that only uploads hears something, too", () => {
  const heartbeat = started();
  heartbeat.heard(99);
  assert.equal(heartbeat.check(100, 0), "ping");
});

test("without a connection nothing is due", () => {
  const heartbeat = started();
  heartbeat.stop();
  assert.equal(heartbeat.at, Number.POSITIVE_INFINITY);
});
