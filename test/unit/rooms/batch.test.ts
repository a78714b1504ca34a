import assert from "node:assert/strict";
import { test } from "node:test";
import type { Entry } from "../../../src/broker/broker.ts";
import { Batch, endOfBatch } from "../../../src/rooms/batch.ts";
import { FakeOutlet } from "../../rooms-kit.ts";

function entries(...sizes: number[]): Entry[] {
  return sizes.map((size, index) => {
    const payload = "x".repeat(size);
    return { offset: index + 1, previous: index, at: 0, payload, byteLength: size, text: undefined };
  });
}

test("each form is encoded once, whoever asks for it", () => {
  const batch = new Batch(1, 0, 2, entries(3, 4));
  for (const form of ["bowline", "bowline-websocket", "websocket", "lines"] as const) {
    assert.equal(batch.for(new FakeOutlet(form)), batch.for(new FakeOutlet(form)), form);
  }
  assert.notEqual(batch.for(new FakeOutlet("lines", "\n")), batch.for(new FakeOutlet("lines", "\r\n")));
  assert.equal(batch.for(new FakeOutlet("lines", "\r\n")), batch.for(new FakeOutlet("lines", "\r\n")));
});

test("ephemeral entries go along and count for nothing", () => {
  const ephemeral = { offset: 0, previous: 0, at: 0, payload: "typing", byteLength: 6, text: undefined };
  const batch = new Batch(1, 0, 1, entries(3), [ephemeral]);
  assert.deepEqual([batch.messages, batch.bytes], [1, 3]);
  const outlet = new FakeOutlet();
  outlet.share(batch.for(outlet));
  assert.deepEqual(outlet.takeStory(), ["entry 1 xxx", "entry 0 typing"]);
});

test("a batch ends at 128 entries, or 64 KiB; a larger entry goes alone", () => {
  assert.equal(endOfBatch(entries(...Array<number>(300).fill(1)), 0), 128);
  assert.equal(endOfBatch(entries(...Array<number>(300).fill(1)), 200), 300);
  assert.equal(endOfBatch(entries(40_000, 25_000, 1_000), 0), 2);
  assert.equal(endOfBatch(entries(10, 100_000, 10), 0), 1);
  assert.equal(endOfBatch(entries(10, 100_000, 10), 1), 2);
});
