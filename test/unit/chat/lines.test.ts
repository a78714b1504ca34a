import assert from "node:assert/strict";
import { test } from "node:test";
import { directLine, entryLine, presenceLine, replyLines } from "../../../src/chat/lines.ts";

const at = new Date(2026, 10, 22, 14, 2).getTime();

test("an entry is a line with the time of day", () => {
  const entry = { type: "entry", room: "lobby", who: "ann" } as const;
  assert.equal(entryLine({ ...entry, kind: "say", text: "hello" }, at), "[14:02] ann: hello");
  assert.equal(entryLine({ ...entry, kind: "nick", text: "is now anna" }, at), "[14:02] * ann is now anna");
});

test("what is said to one person says so, on both sides", () => {
  assert.equal(directLine({ from: "ann", text: "psst", at }), "[14:02] ann to you: psst");
  const direct = { nick: "bob", away: false, text: "psst", at };
  assert.deepEqual(replyLines("direct", direct), ["[14:02] you to bob: psst"]);
  assert.deepEqual(replyLines("direct", { ...direct, away: true }), ["[14:02] you to bob (away): psst"]);
});

test("who came and went is one line; when nobody did, it is none", () => {
  assert.equal(presenceLine({ joined: ["ann", "bob"], left: [] }, at), "[14:02] * ann and bob joined");
  assert.equal(presenceLine({ joined: [], left: [] }, at), "");
});

test("people are listed with who is away; of too many to name, only how many there are", () => {
  const members = [
    { nick: "ann", away: false },
    { nick: "bob", away: true },
  ];
  const room = "lobby";
  assert.deepEqual(replyLines("who", { room, count: 2, awayCount: 1, members }), ["* in lobby: ann, bob (away)"]);
  assert.deepEqual(replyLines("who", { room, count: 0, awayCount: 0, members: [] }), ["* in lobby: nobody"]);
  assert.deepEqual(replyLines("who", { room, count: 300, awayCount: 0, members: [] }), ["* in lobby: 300 people"]);
  const away = replyLines("who", { room, count: 300, awayCount: 7, members: [] });
  assert.deepEqual(away, ["* in lobby: 300 people, 7 of them away"]);
});

test("rooms are listed with how many are in them", () => {
  const rooms = [
    { name: "lobby", count: 3 },
    { name: "dev", count: 1 },
  ];
  assert.deepEqual(replyLines("rooms", { rooms }), ["* lobby (3), dev (1)"]);
});

test("what is said in a room has no other answer than its entry", () => {
  assert.deepEqual(replyLines("say", { room: "lobby" }), []);
});

test("what was found is a line each, with the day, for it may be old", () => {
  const found = { room: "lobby", words: "fox" };
  const entry = { type: "entry", room: "lobby", kind: "say", who: "ann", text: "a fox" } as const;
  assert.deepEqual(replyLines("search", { ...found, entries: [{ offset: 7, at, entry }] }), [
    "* found in lobby, the newest last:",
    "2026-11-22 [14:02] ann: a fox",
  ]);
  assert.deepEqual(replyLines("search", { ...found, entries: [] }), ["* nothing in lobby has these words: fox"]);
});
