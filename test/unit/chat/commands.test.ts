import assert from "node:assert/strict";
import { test } from "node:test";
import { HELP, readTyped } from "../../../src/chat/commands.ts";
import { RefusedError } from "../../../src/chat/refused-error.ts";

test("what is no command is said, in the room that one is in", () => {
  for (const line of ["hello", "/usr/bin/env", "/ hm", "by the way"]) {
    assert.deepEqual(readTyped(line, "lobby"), { type: "say", room: "lobby", text: line });
  }
  assert.deepEqual(readTyped("//help", "lobby"), { type: "say", room: "lobby", text: "/help" });
  assert.deepEqual(readTyped("  indented ", "lobby"), { type: "say", room: "lobby", text: "  indented" });
});

test("commands have the names of requests, and people's own words for them", () => {
  assert.deepEqual(readTyped("/nick ann", undefined), { type: "nick", nick: "ann" });
  assert.deepEqual(readTyped("/JOIN #dev", undefined), { type: "join", room: "dev" });
  assert.deepEqual(readTyped("/leave", "dev"), { type: "leave", room: "dev" });
  assert.deepEqual(readTyped("/who dev", "lobby"), { type: "who", room: "dev" });
  assert.deepEqual(readTyped("/rooms", undefined), { type: "rooms" });
  assert.deepEqual(readTyped("/msg ann  are you there?", undefined), {
    type: "direct",
    to: "ann",
    text: "are you there?",
  });
});

test("bye, help and blank lines are nobody's message", () => {
  for (const line of ["bye", "BYE", " /bye "]) assert.deepEqual(readTyped(line, "lobby"), { type: "bye" });
  assert.deepEqual(readTyped("/help", undefined), { type: "help" });
  assert.deepEqual(readTyped("   ", undefined), { type: "blank" });
});

test("what cannot be understood is explained", () => {
  const cases: [string, string | undefined, RegExp][] = [
    ["/shout hi", "lobby", /unknown command \/shout; \/help/],
    ["/constructor", "lobby", /unknown command/],
    ["/nick", "lobby", /\/nick NAME/],
    ["/msg ann", "lobby", /\/msg NICK TEXT/],
    ["/search", "lobby", /\/search WORDS/],
    ["hello", undefined, /you are in no room/],
    ["/leave", undefined, /you are in no room/],
  ];
  for (const [line, room, message] of cases) {
    assert.throws(
      () => readTyped(line, room),
      (error) => error instanceof RefusedError && message.test(error.message),
    );
  }
});

test("help names every command, in one line", () => {
  for (const command of ["/nick", "/join", "/leave", "/who", "/rooms", "/msg", "/help", "bye"]) {
    assert.ok(HELP.includes(command), command);
  }
  assert.ok(!HELP.includes("\n"));
});
