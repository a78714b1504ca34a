import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_NICK_LENGTH, nickKey, readServerMessage, requests } from "../../../src/chat/messages.ts";

function nickOf(nick: unknown): string | undefined {
  return requests.nick.safeParse({ type: "nick", nick }).data?.nick;
}

test("names are letters and digits of any script, with some signs between them", () => {
  for (const nick of ["ann", "Björn", "李", "a.b-c_d", "7of9", "नमस्ते", "x".repeat(MAX_NICK_LENGTH)]) {
    assert.equal(nickOf(nick), nick.normalize("NFC"));
  }
  assert.equal(nickOf("  ann "), "ann");
  assert.equal(nickOf("Bjo\u0308rn"), "Björn");
});

test("a name that could be mistaken for something else is none", () => {
  const bad = [
    "",
    " ",
    "a b",
    "-ann",
    ".",
    "a\nb",
    "x".repeat(MAX_NICK_LENGTH + 1),
    "ann:",
    "*",
    "a\u001b[2J",
    7,
    null,
  ];
  const invisible = ["ann\u200b", "ann\u034f", "an\u2060n", "\u3164", "ann\u202e", "ann\ufeff\u200dx", "\u{e0061}"];
  for (const nick of [...bad, ...invisible]) assert.equal(nickOf(nick), undefined, JSON.stringify(nick));
});

test("nicks that look the same have the same key", () => {
  assert.equal(nickKey("Ann"), nickKey("aNN"));
  assert.equal(nickKey("ａｎｎ"), nickKey("ann"));
  assert.notEqual(nickKey("ann"), nickKey("anna"));
});

test("rooms are in lower case, and how much history is wanted has a default and bounds", () => {
  assert.deepEqual(requests.join.parse({ type: "join", room: "Dev" }), { type: "join", room: "dev", last: 50 });
  for (const last of [-1, 1.5, 201, "7"]) {
    assert.equal(requests.join.safeParse({ type: "join", room: "dev", last }).success, false, String(last));
  }
});

test("what is said is not blank, not too long, and otherwise as it was", () => {
  const say = (text: unknown) => requests.say.safeParse({ type: "say", room: "lobby", text }).data?.text;
  assert.equal(say("  two\n lines "), "  two\n lines ");
  for (const text of ["", " \n ", "x".repeat(4_001), undefined, 7]) assert.equal(say(text), undefined);
});

test("only the chat's own messages are read", () => {
  const entry = { type: "entry", room: "lobby", kind: "say", who: "ann", text: "hi" };
  assert.deepEqual(readServerMessage(entry), entry);
  const reply = {
    type: "reply",
    to: "who",
    room: "lobby",
    count: 1,
    awayCount: 0,
    members: [{ nick: "ann", away: false }],
  };
  assert.deepEqual(readServerMessage(reply), reply);
  for (const json of [undefined, null, "entry", [], {}, { ...entry, kind: "shout" }, { ...reply, to: "whom" }]) {
    assert.equal(readServerMessage(json), undefined);
  }
});
