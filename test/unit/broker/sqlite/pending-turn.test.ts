import assert from "node:assert/strict";
import { test } from "node:test";
import type { Appended, NewEntry } from "../../../../src/broker/broker.ts";
import { PendingTurn } from "../../../../src/broker/sqlite/pending-turn.ts";
import { FRESH, MISMATCH, REPEAT, TOO_MANY_ROOMS } from "../../../../src/broker/sqlite/requests.ts";

/** A turn to which can be appended, and what came of it. */
function turnOf(...appends: [room: string, ...entries: NewEntry[]][]) {
  const turn = new PendingTurn(1_000);
  const outcomes: unknown[] = [];
  for (const [room, ...entries] of appends) {
    const resolve = (appended: readonly Appended[]) => outcomes.push(appended);
    turn.append({ room, entries, resolve, reject: ({ message }) => outcomes.push(message) });
  }
  return { turn, outcomes };
}

test("a turn travels as one flat list, bytes without what surrounds them", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4).subarray(1, 3);
  const { turn } = turnOf(
    ["red", { payload: "one", text: "shown" }],
    ["blue", { payload: bytes, key: "k", keepKeyMs: 5 }],
  );
  const { now, appends, isLast } = turn.toTurn(false);
  assert.deepEqual([now, isLast], [1_000, false]);
  const sent = Uint8Array.of(2, 3);
  assert.deepEqual(appends, ["red", 1, "one", "shown", null, 0, "blue", 1, sent, null, "k", 5]);
  assert.equal((appends[8] as Uint8Array).buffer.byteLength, 2);
});

test("everybody gets their own positions, followers first", () => {
  const { turn, outcomes } = turnOf(["a", { payload: "1" }, { payload: "2" }], ["b", { payload: "3" }], ["c"]);
  const heard: string[] = [];
  const value = [7, 1, FRESH, 1, REPEAT, TOO_MANY_ROOMS, 9];
  // The room that is one too many has no positions: there is one entry less to read.
  turn.settleAppends({ appends: { value }, requests: [] }, ({ room }) => {
    heard.push(`${room} ${outcomes.length}`);
  });
  assert.deepEqual(heard, ["a 0", "c 2"]);
  assert.deepEqual(outcomes, [
    [
      { epoch: 7, offset: 1, isRepeat: false, isMismatch: false },
      { epoch: 7, offset: 1, isRepeat: true, isMismatch: false },
    ],
    "there are too many rooms (maxRooms)",
    [],
  ]);
  const other = turnOf(["a", { payload: "1" }]);
  other.turn.settleAppends({ appends: { value: [7, 3, MISMATCH] }, requests: [] }, () => {});
  assert.deepEqual(other.outcomes, [[{ epoch: 7, offset: 3, isRepeat: true, isMismatch: true }]]);
});

test("a fault is everybody's", () => {
  const { turn, outcomes } = turnOf(["a", { payload: "1" }], ["b", { payload: "2" }]);
  turn.ask(
    { method: "head", args: ["a"] },
    { resolve: (value) => outcomes.push(value), reject: (error) => outcomes.push(error.name) },
  );
  const outcome = { appends: { fault: "the disk is full" }, requests: [{ fault: "damaged" }] };
  turn.settleAppends(outcome, () => assert.fail("nobody hears of it"));
  turn.settleRequests(outcome);
  assert.deepEqual(outcomes, ["the disk is full", "the disk is full", "BrokerError"]);
});
