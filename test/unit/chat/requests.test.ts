import assert from "node:assert/strict";
import { test } from "node:test";
import { RefusedError, readRequest } from "../../../src/chat/requests.ts";

function complaintAbout(json: unknown): string {
  try {
    readRequest(json);
  } catch (error) {
    assert.ok(error instanceof RefusedError);
    assert.equal(error.reason, "malformed");
    return error.message;
  }
  return assert.fail("nothing was wrong");
}

test("a request comes back with its defaults", () => {
  assert.deepEqual(readRequest({ type: "history", room: "lobby" }), { type: "history", room: "lobby", limit: 50 });
});

test("a complaint names the field and what it should be", () => {
  assert.match(complaintAbout({ type: "nick", nick: "" }), /^nick: must be 1 to 24 letters/);
  assert.match(complaintAbout({ type: "say", room: "lobby" }), /^text: must be text$/);
  assert.match(complaintAbout({ type: "say", room: "lobby", text: "x".repeat(5_000) }), /^text: must not be longer/);
  assert.match(
    complaintAbout({ type: "join", room: "lobby", last: 1_000 }),
    /^last: must be a whole number from 0 to 200/,
  );
});

test("what is no request is told which there are", () => {
  for (const json of [undefined, null, 7, "say", [], {}, { type: "shout" }, { type: 7 }, { type: "constructor" }]) {
    assert.match(complaintAbout(json), /^a message is an object whose "type" is one of say, join,/);
  }
});
