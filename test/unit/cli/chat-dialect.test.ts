import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClientSession, Message, Sendable } from "bowline/client";
import { type ChatReceived, messages } from "../../../src/chat/messages.ts";
import { ChatDialect } from "../../../src/cli/chat-dialect.ts";
import type { ServerMessage } from "../../chat-kit.ts";

/** The dialect, with what it sent and printed. */
function dialect({ name, room, isInteractive = true }: { name?: string; room?: string; isInteractive?: boolean } = {}) {
  const sent: Sendable[] = [];
  const printed: string[] = [];
  const talker = { send: async (data: Sendable) => void sent.push(data) };
  const chat = new ChatDialect(talker, { name, room }, { isInteractive, print: (line) => void printed.push(line) });
  const take = (message: ServerMessage | string) => chat.read(received(message));
  return { chat, sent, printed, take };
}

function received(content: ServerMessage | string): ChatReceived {
  const text = () => (typeof content === "string" ? content : JSON.stringify(content));
  const message = { isText: true, gap: undefined, at: 0, json: () => JSON.parse(text()), text } as Message;
  const read = messages.client({} as ClientSession).read(message);
  assert.ok(!(read instanceof Promise));
  return read;
}

const welcome = { type: "welcome", nick: "guest-1", room: "lobby" } as const;
const entry = { type: "entry", room: "lobby", kind: "say" } as const;

test("a welcome is answered with who to be and where to go", () => {
  const { sent, take } = dialect({ name: "ann", room: "dev" });
  assert.equal(take(welcome), undefined);
  assert.deepEqual(sent, [
    { type: "nick", nick: "ann" },
    { type: "join", room: "dev", last: 50 },
  ]);
});

test("another welcome, from a server that was restarted, is answered with what has become of it since", () => {
  const { sent, take, chat } = dialect({ name: "ann" });
  take(welcome);
  take({ type: "reply", to: "nick", nick: "anna" });
  take({ type: "reply", to: "join", room: "dev", count: 1, awayCount: 0, members: [] });
  assert.equal(chat.prompt, "anna> ");
  sent.length = 0;
  take({ ...welcome, nick: "guest-7" });
  assert.deepEqual(sent, [
    { type: "nick", nick: "anna" },
    { type: "join", room: "dev", last: 50 },
  ]);
});

test("who joins a room leaves the other, once that is sure", async () => {
  const { sent, take, chat } = dialect();
  take(welcome);
  take({ type: "reply", to: "join", room: "lobby", count: 1, awayCount: 0, members: [] });
  sent.length = 0;
  await chat.write("/join dev");
  assert.deepEqual(sent, [{ type: "join", room: "dev" }]);
  take({ type: "reply", to: "join", room: "dev", count: 1, awayCount: 0, members: [] });
  assert.deepEqual(sent.at(-1), { type: "leave", room: "lobby" });
  assert.equal(take({ type: "reply", to: "leave", room: "lobby" }), undefined);
});

test("what stands on the screen already is not shown again, other people's words are", async () => {
  const { chat, take } = dialect();
  take(welcome);
  await chat.write("hello");
  assert.match(take({ ...entry, who: "bob", text: "hello" }) ?? "", /bob: hello$/);
  assert.equal(take({ ...entry, who: "guest-1", text: "hello" }), undefined);
  assert.match(take({ ...entry, who: "guest-1", text: "hello" }) ?? "", /guest-1: hello$/);
});

test("who comes and goes is shown in one line, and who is away for a moment in none", () => {
  const { take } = dialect();
  take(welcome);
  const presence = {
    type: "presence",
    room: "lobby",
    count: 5,
    awayCount: 1,
    joined: [],
    left: [],
    away: [],
    back: [],
  };
  const line = take({ ...presence, joined: ["ann", "bob", "carl", "dora", "emil"], left: ["fritz"] } as ServerMessage);
  assert.match(line ?? "", /^\[\d\d:\d\d\] \* ann, bob and 3 others joined; fritz left$/);
  assert.equal(take({ ...presence, away: ["ann"], back: ["bob"] } as ServerMessage), undefined);
});

test("piped, everything is shown", async () => {
  const { chat, take } = dialect({ isInteractive: false });
  take(welcome);
  await chat.write("hello");
  assert.match(take({ ...entry, who: "guest-1", text: "hello" }) ?? "", /guest-1: hello$/);
});

test("what is wrong is said here, without asking the server", async () => {
  const { chat, sent, printed, take } = dialect();
  take(welcome);
  sent.length = 0;
  await chat.write("/shout");
  assert.match(printed.at(-1) ?? "", /unknown command \/shout/);
  assert.deepEqual(sent, []);
  assert.equal(await chat.write("bye"), "bye");
});

test("nothing that is shown steers the terminal", () => {
  const { take } = dialect();
  take(welcome);
  assert.equal(take({ type: "error", reason: "busy", message: "x\u001b[2Jy" }), "* x[2Jy");
  assert.equal(take("not\u0007 the chat's"), "not the chat's");
});

test("only words are worth repeating in another session", () => {
  const { chat } = dialect();
  assert.equal(chat.isWorthRepeating('{"type":"say","room":"dev","text":"x"}'), true);
  assert.equal(chat.isWorthRepeating('{"type":"join","room":"dev"}'), false);
});
