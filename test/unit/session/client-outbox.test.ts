import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "../../../src/protocol/crc32.ts";
import { ClientOutbox } from "../../../src/session/client-outbox.ts";

function outboxOf(...texts: string[]): ClientOutbox {
  const outbox = new ClientOutbox();
  for (const text of texts) outbox.push({ flags: 1, repliesTo: 0, payload: new TextEncoder().encode(text) });
  return outbox;
}

function checksum(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return crc32(bytes, 0, bytes.length);
}

test("knows the checksum of everything up to a message, from the last acknowledged on", () => {
  const outbox = outboxOf("one", "two", "three");
  assert.equal(outbox.checksumAt(0), 0);
  assert.equal(outbox.checksumAt(2), checksum("onetwo"));
  outbox.acknowledge(2);
  assert.equal(outbox.checksumAt(2), checksum("onetwo"));
  assert.equal(outbox.checksumAt(3), checksum("onetwothree"));
});

test("a session that is revived counts from what was not acknowledged", () => {
  const outbox = outboxOf("one", "two", "three");
  outbox.acknowledge(1);
  outbox.checksum = 0;
  assert.equal(outbox.checksumAt(1), 0);
  assert.equal(outbox.checksumAt(3), checksum("twothree"));
});
