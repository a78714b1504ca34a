import assert from "node:assert/strict";
import { test } from "node:test";
import { Inbox } from "../../../src/runtime/inbox.ts";
import { BytesPayload, type MessageOwner, ReceivedMessage, TextPayload } from "../../../src/runtime/message.ts";

const nobody: MessageOwner = { reply: () => Promise.resolve(), finish: () => {} };

const CHUNK_BYTES = 65_536;

/** A message of one byte that came in this chunk, or in one of its own. */
function tiny(sequence: number, chunk = new Uint8Array(CHUNK_BYTES)): ReceivedMessage {
  return new ReceivedMessage(nobody, new BytesPayload(chunk.subarray(0, 1), false), sequence);
}

/** The bytes of all the memory that messages keep. */
function kept(messages: readonly ReceivedMessage[]): number {
  return [...new Set(messages.map(({ source }) => source?.buffer))].reduce(
    (sum, memory) => sum + (memory?.byteLength ?? 0),
    0,
  );
}

function finishNext(inbox: Inbox): ReceivedMessage | undefined {
  const message = inbox.take();
  if (message !== undefined) message.finished = true;
  return inbox.settle();
}

test("small messages that wait do not keep the chunks that they came in", () => {
  const inbox = new Inbox();
  const messages = Array.from({ length: 1_000 }, (_, index) => tiny(index + 1));
  for (const message of messages) inbox.push(message);
  assert.ok(kept(messages) < 4 * CHUNK_BYTES, `they keep ${kept(messages)} bytes`);
  assert.deepEqual(messages[999]?.bytes(), Uint8Array.of(0));
});

test("messages that fill their chunks stay where they are", () => {
  const inbox = new Inbox();
  for (let sequence = 1; sequence <= 1_000; sequence += 1) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const halves = [chunk.subarray(0, CHUNK_BYTES / 2), chunk.subarray(CHUNK_BYTES / 2)];
    for (const half of halves) {
      const message = new ReceivedMessage(nobody, new BytesPayload(half, false), sequence);
      inbox.push(message);
      assert.equal(message.source?.buffer, chunk.buffer);
    }
    // Some always wait.
    if (sequence > 3) assert.ok(finishNext(inbox) !== undefined && finishNext(inbox) !== undefined);
  }
});

test("chunks count until their last message is done with", () => {
  const inbox = new Inbox();
  for (let round = 0; round < 1_000; round += 1) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const messages = [tiny(1, chunk), new ReceivedMessage(nobody, new TextPayload("a gap"), 0), tiny(2, chunk)];
    for (const message of messages) inbox.push(message);
    for (const message of messages) assert.equal(finishNext(inbox), message);
    assert.equal(messages[2]?.source?.buffer, chunk.buffer);
  }
});

test("what is taken out counts no more", () => {
  const inbox = new Inbox();
  for (let round = 0; round < 1_000; round += 1) {
    const chunk = new Uint8Array(CHUNK_BYTES);
    inbox.push(tiny(1, chunk));
    const [removed] = inbox.removeWaiting(() => true);
    assert.equal(removed?.source?.buffer, chunk.buffer);
  }
});
