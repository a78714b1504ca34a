import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../../../src/broker/broker.ts";
import { Batch } from "../../../src/rooms/batch.ts";
import { Window } from "../../../src/rooms/window.ts";
import { type FakeSession, framedSession } from "../../rooms-kit.ts";

function batch(after: number, ...sizes: number[]): Batch {
  const entries = sizes.map((size, index): Entry => {
    const offset = after + index + 1;
    return { offset, previous: offset - 1, at: 0, payload: "x".repeat(size), byteLength: size, text: undefined };
  });
  return new Batch(1, after, after + sizes.length, entries);
}

function open(windowMessages: number, windowBytes: number): { session: FakeSession; window: Window } {
  const session = framedSession("ann");
  session.windowMessages = windowMessages;
  session.windowBytes = windowBytes;
  return { session, window: new Window(session) };
}

test("an empty window admits one entry of any size, and after it nothing", () => {
  const { window } = open(100, 1_000);
  assert.equal(window.admits(batch(0, 5_000)), true);
  window.add(0, batch(0, 5_000));
  assert.equal(window.admits(batch(1, 1)), false);
  window.release(1, 1);
  assert.equal(window.admits(batch(1, 1)), true);
});

test("several entries at once take a quarter of it at the most, in messages and in bytes", () => {
  const { window } = open(8, 1_000);
  assert.equal(window.admits(batch(0, 1, 1)), true);
  assert.equal(window.admits(batch(0, 1, 1, 1)), false);
  assert.equal(window.admits(batch(0, 125, 126)), false);
  assert.deepEqual(window.pageLimit, { entries: 2, bytes: 250 });
});

test("a full window admits nothing; a page is worth a try of one entry", () => {
  const { window } = open(4, 1_000);
  for (let offset = 0; offset < 4; offset += 1) {
    assert.equal(window.admits(batch(offset, 1)), true);
    window.add(offset, batch(offset, 1));
  }
  assert.equal(window.admits(batch(4, 1)), false);
  assert.equal(window.pageLimit.entries, 1);
});

test("the session's window counts what is on its way, and gets back what is released", () => {
  const { session, window } = open(100, 1_000);
  session.sessionWindowBytes = 150;
  window.add(0, batch(0, 100));
  assert.equal(session.roomBytes, 100);
  assert.equal(window.admits(batch(1, 60)), false);
  window.release(1, 1);
  assert.equal(session.roomBytes, 0);
  window.add(1, batch(1, 60));
  window.rewind(1, 2);
  assert.equal(session.roomBytes, 0);
  window.add(1, batch(1, 70));
  window.clear();
  assert.equal(session.roomBytes, 0);
});
