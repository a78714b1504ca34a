import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageFlag, MessageFrame } from "../../../src/protocol/frames/message.ts";
import { Grants } from "../../../src/runtime/grants.ts";
import { ReceivedMessage, TextPayload } from "../../../src/runtime/message.ts";
import { Turn } from "../../../src/runtime/turn.ts";

const owner = { reply: () => Promise.resolve(), finish: () => {} };

/** The handling of a message by another run; 0: what comes before the first. */
function turnOf(sequence: number): Turn {
  const turn = new Turn({}, sequence === 0);
  if (sequence > 0) turn.message = new ReceivedMessage(owner, new TextPayload("x"), sequence);
  return turn;
}

/** Sends as a handler does, and says whether each went out. */
function send(grants: Grants, turn: Turn, count: number): boolean[] {
  return Array.from({ length: count }, () => {
    if (grants.match(turn) !== undefined) return false;
    grants.add(turn, 1, false);
    return true;
  });
}

function replyTo(request: number): MessageFrame {
  return new MessageFrame(MessageFlag.isReply, 9, request, new Uint8Array(0), 0, 0);
}

test("a handler that runs again does not say again what it had said", () => {
  const grants = new Grants();
  assert.deepEqual(send(grants, turnOf(5), 2), [true, true]);
  assert.deepEqual(send(grants, turnOf(5), 4), [false, false, true, true]);
  assert.deepEqual(send(grants, turnOf(5), 5), [false, false, false, false, true]);
});

test("each message counts for itself, and so does what comes before the first", () => {
  const grants = new Grants();
  send(grants, turnOf(0), 1);
  send(grants, turnOf(5), 1);
  assert.deepEqual(send(grants, turnOf(6), 1), [true]);
  assert.deepEqual(send(grants, turnOf(0), 2), [false, true]);
});

test("what is acknowledged is not handled again, so nothing is kept of it", () => {
  const grants = new Grants();
  send(grants, turnOf(5), 3);
  grants.forget(5);
  assert.deepEqual(grants.record(), []);
});

test("a request attaches to the number that it had", () => {
  const grants = new Grants();
  const first = turnOf(5);
  grants.match(first);
  grants.add(first, 11, false);
  grants.match(first);
  grants.add(first, 12, true);
  const again = turnOf(5);
  assert.deepEqual([grants.match(again), grants.match(again), grants.match(again)], [-1, 12, undefined]);
});

test("the reply to a request that may be made again is kept until it cannot", () => {
  const grants = new Grants();
  const turn = turnOf(5);
  grants.add(turn, 11, true);
  assert.equal(grants.keepReply(replyTo(11)), true);
  assert.equal(grants.keepReply(replyTo(12)), false);
  assert.equal(grants.takeReply(11)?.repliesTo, 11);
  grants.forget(5);
  assert.equal(grants.takeReply(11), undefined);
});

test("a message is replied to once", () => {
  const grants = new Grants();
  assert.deepEqual([grants.reply(5), grants.reply(5), grants.reply(6)], [true, false, true]);
});

test("a record holds everything that another server has to know", () => {
  const grants = new Grants();
  const turn = turnOf(5);
  grants.add(turn, 11, false);
  grants.add(turn, 12, true);
  grants.reply(6);
  const again = new Grants(structuredClone(grants.record()));
  assert.deepEqual(again.record(), grants.record());
  const next = turnOf(5);
  assert.deepEqual([again.match(next), again.match(next), again.match(next)], [-1, 12, undefined]);
  assert.equal(again.reply(6), false);
});
