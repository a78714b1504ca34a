import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_NICK_LENGTH, messages, nickKey } from "../../../src/chat/messages.ts";

/** What the chat reads: a request's data, or what is wrong with it. */
async function read(json: unknown): Promise<unknown> {
  const { data, error } = await messages.fromClient.read(json);
  return data ?? error?.message;
}

async function nickOf(nick: unknown): Promise<string | undefined> {
  const request = await messages.fromClient.read({ type: "nick", nick });
  return request.type === "nick" ? request.data.nick : undefined;
}

test("names are letters and digits of any script, with some signs between them", async () => {
  for (const nick of ["ann", "Björn", "李", "a.b-c_d", "7of9", "नमस्ते", "x".repeat(MAX_NICK_LENGTH)]) {
    assert.equal(await nickOf(nick), nick.normalize("NFC"));
  }
  assert.equal(await nickOf("  ann "), "ann");
  assert.equal(await nickOf("Bjo\u0308rn"), "Björn");
});

test("a name that could be mistaken for something else is none", async () => {
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
  for (const nick of [...bad, ...invisible]) assert.equal(await nickOf(nick), undefined, JSON.stringify(nick));
});

test("nicks that look the same have the same key", () => {
  assert.equal(nickKey("Ann"), nickKey("aNN"));
  assert.equal(nickKey("ａｎｎ"), nickKey("ann"));
  assert.notEqual(nickKey("ann"), nickKey("anna"));
});

test("rooms are in lower case, and how much history is wanted has a default and bounds", async () => {
  assert.deepEqual(await read({ type: "join", room: "Dev" }), { room: "dev", last: 50 });
  assert.deepEqual(await read({ type: "history", room: "lobby" }), { room: "lobby", limit: 50 });
  for (const last of [-1, 1.5, 201, "7"]) {
    assert.equal(await read({ type: "join", room: "dev", last }), "last: must be a whole number from 0 to 200");
  }
});

test("what is said is not blank, not too long, and otherwise as it was", async () => {
  const say = (text: unknown) => read({ type: "say", room: "lobby", text });
  assert.deepEqual(await say("  two\n lines "), { room: "lobby", text: "  two\n lines " });
  for (const text of ["", " \n "]) assert.equal(await say(text), "text: must not be empty");
  assert.equal(await say("x".repeat(4_001)), "text: must not be longer than 4000 characters");
  for (const text of [undefined, 7]) assert.equal(await say(text), "text: must be text");
});

test("what is no request is told which there are", async () => {
  for (const json of [undefined, null, 7, "say", [], {}, { type: "shout" }, { type: 7 }, { type: "constructor" }]) {
    assert.match(String(await read(json)), /^a message is an object whose "type" is one of say, join,/);
  }
});

test("only the chat's own messages are read", async () => {
  const entry = { room: "lobby", kind: "say", who: "ann", text: "hi" };
  assert.deepEqual(await messages.fromServer.read({ type: "entry", ...entry }), { type: "entry", data: entry });
  for (const json of [undefined, {}, entry, { ...entry, type: "entry", kind: "shout" }]) {
    assert.equal((await messages.fromServer.read(json)).type, "malformed");
  }
});
