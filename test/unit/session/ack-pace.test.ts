import assert from "node:assert/strict";
import { test } from "node:test";
import { AckPace } from "../../../src/session/ack-pace.ts";

test("twice a second's worth may be acknowledged at once, then what time earns", () => {
  const pace = new AckPace(10, 100, 0);
  assert.equal(pace.allowed, 120);
  pace.advance(250, 120);
  assert.equal(pace.allowed, 122);
  pace.advance(1_000, 122);
  assert.equal(pace.allowed, 130);
});

test("a client that was quiet may not catch up on all of it at once", () => {
  const pace = new AckPace(10, 0, 0);
  pace.advance(60_000, 5);
  assert.equal(pace.allowed, 25);
});

test("is looked at when there is something to allow, but not all the time", () => {
  assert.equal(new AckPace(2, 0, 0).nextLook(1_000), 1_500);
  assert.equal(new AckPace(10_000, 0, 0).nextLook(1_000), 1_050);
});
