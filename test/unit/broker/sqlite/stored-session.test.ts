import assert from "node:assert/strict";
import { test } from "node:test";
import { formatSession, parseSession } from "../../../../src/broker/sqlite/stored-session.ts";
import type { StoredSession } from "../../../../src/runtime/ports.ts";
import type { SessionRecord } from "../../../../src/session/record.ts";

const record: SessionRecord = {
  id: "s1",
  identityHash: "hash",
  identity: { name: "ann" },
  instance: "i2",
  pastInstances: ["i1"],
  attempt: 3,
  processed: 4,
  checksum: 5,
  sent: 9,
  acknowledged: 7,
  unacknowledged: [
    { sequence: 8, flags: 1, repliesTo: 2, payload: "héllo\0 \ud800" },
    { sequence: 9, flags: 0, repliesTo: 0, payload: Uint8Array.of(0, 255) },
    { sequence: 10, flags: 0, repliesTo: 0, payload: "" },
    { sequence: 11, flags: 0, repliesTo: 0, payload: new Uint8Array(0) },
  ],
  granted: [{ message: 5, sends: 1, requests: [[1, 9]], replied: false }],
  state: '{"a":1}',
  rooms: [{ room: "lobby", epoch: 1, cursor: 2 }],
  ending: { code: 1000, reason: "bye", by: "client", retryAfterMs: 0 },
  runs: 2,
};

test("a record is what it was", () => {
  const stored: StoredSession = { kind: "record", record };
  assert.deepEqual(parseSession(formatSession(stored)), stored);
});

test("bytes that are a part of a larger buffer are that part alone", () => {
  const payload = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
  const [message] = record.unacknowledged;
  const stored = { kind: "record", record: { ...record, unacknowledged: [{ ...message, payload }] } } as StoredSession;
  const parsed = parseSession(formatSession(stored));
  assert.deepEqual(parsed.kind === "record" && parsed.record.unacknowledged[0]?.payload, Uint8Array.of(2, 3));
});

test("what was undefined is so again", () => {
  const bare = { ...record, identity: undefined, state: undefined, ending: undefined };
  assert.deepEqual(parseSession(formatSession({ kind: "record", record: bare })), { kind: "record", record: bare });
});

test("a tombstone is what it was", () => {
  const close = { code: 1000, reason: "", retryAfterMs: 0, sent: 1, received: 2, by: "client" } as const;
  assert.deepEqual(parseSession(formatSession({ kind: "tombstone", close })), { kind: "tombstone", close });
});
