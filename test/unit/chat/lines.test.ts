import assert from "node:assert/strict";
import { test } from "node:test";
import { directLine, entryLine, replyLine } from "../../../src/chat/lines.ts";

const at = new Date(2026, 10, 22, 14, 2).getTime();

test("an entry is a line with the time of day", () => {
  const entry = { type: "entry", room: "lobby", who: "ann" } as const;
  assert.equal(entryLine({ ...entry, kind: "say", text: "hello" }, at), "[14:02] ann: hello");
  assert.equal(entryLine({ ...entry, kind: "join", text: "joined" }, at), "[14:02] * ann joined");
});

test("what is said to one person says so, on both sides", () => {
  assert.equal(directLine({ from: "ann", text: "psst", at }), "[14:02] ann to you: psst");
  assert.equal(replyLine({ type: "reply", to: "direct", nick: "bob", text: "psst", at }), "[14:02] you to bob: psst");
});

test("people are listed with who is away, and how many more there are", () => {
  const members = [
    { nick: "ann", away: false },
    { nick: "bob", away: true },
  ];
  const line = replyLine({ type: "reply", to: "who", room: "lobby", count: 300, members });
  assert.equal(line, "* in lobby: ann, bob (away), 298 more");
  assert.equal(replyLine({ type: "reply", to: "who", room: "dev", count: 0, members: [] }), "* in dev: nobody");
});

test("rooms are listed with how many are in them", () => {
  const rooms = [
    { name: "lobby", count: 3 },
    { name: "dev", count: 1 },
  ];
  assert.equal(replyLine({ type: "reply", to: "rooms", rooms }), "* lobby (3), dev (1)");
});

test("what is said in a room has no other answer than its entry", () => {
  assert.equal(replyLine({ type: "reply", to: "say", room: "lobby" }), undefined);
});
