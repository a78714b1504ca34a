import assert from "node:assert/strict";
import { on } from "node:events";
import { test } from "node:test";
import { connect } from "bowline/client";
import { WebSocket } from "ws";
import { ChatKit, type ServerMessage } from "../../chat-kit.ts";
import { CuttingProxy } from "../../cutting-proxy.ts";

test("a terminal is greeted with its first line, which is said in the lobby", async () => {
  await using chat = await ChatKit.start();
  const nc = chat.terminal();
  nc.type("hello");
  assert.match(
    await nc.expect(/guest-1: hello\n/),
    /^\* welcome, guest-1; \/help .*\n\* you are in lobby: guest-1\n\[\d\d:\d\d\] guest-1: hello\n$/,
  );
});

test("a first line that says who or where is answered by the welcome", async () => {
  await using chat = await ChatKit.start();
  const ann = chat.terminal();
  ann.type("/nick ann");
  await ann.expect(/^\* welcome, ann; .*\n\* you are in lobby: ann\n/);
  const bob = chat.terminal("\r\n");
  bob.type("/join #Dev");
  await bob.expect(/^\* welcome, guest-2; .*\r\n\* you are in dev: guest-2\r\n/);
});

test("who ends no lines gets one answer to each message, and no past", async () => {
  await using chat = await ChatKit.start();
  const ann = chat.terminal();
  ann.type("/nick ann");
  ann.type("before");
  await ann.expect(/ann: before\n/);
  const bare = chat.terminal("");
  for (const [message, answer] of [
    ["hello", /^\[\d\d:\d\d\] guest-2: hello$/],
    ["/nick py", /^\[\d\d:\d\d\] \* guest-2 is now py$/],
    ["/who", /^\* in lobby: ann, py$/],
    ["/shout", /^\* unknown command \/shout; \/help lists the commands$/],
    ["bye", /^\* bye, py$/],
  ] as const) {
    bare.type(message);
    await bare.expect(answer);
  }
  await bare.ended();
  const named = chat.terminal("");
  named.type("/nick py");
  await named.expect(/^\* you are in lobby: ann, py$/);
});

test("who comes reads what was said before, and the others that they came", async () => {
  await using chat = await ChatKit.start();
  const ann = chat.terminal();
  ann.type("/nick ann");
  ann.type("first");
  ann.type("second");
  await ann.expect(/second\n/);
  const bob = chat.terminal();
  bob.type("third");
  await ann.expect(/\* guest-2 joined\n.*guest-2: third\n/);
  const seen = await bob.expect(/third\n/);
  assert.match(seen, /ann: first\n.*ann: second\n\* welcome, .*\n\* you are in lobby: .*\n.*guest-2: third\n/);
  bob.type("bye");
  await bob.expect(/\* bye, guest-2\n/);
  await bob.ended();
  await ann.expect(/\* guest-2 left\n/);
});

test("one types in one room, and hears nothing of the one that was left", async () => {
  await using chat = await ChatKit.start();
  const [ann, bob] = [chat.terminal(), chat.terminal()];
  ann.type("/nick ann");
  await ann.expect(/lobby: ann\n/);
  bob.type("/nick bob");
  await bob.expect(/lobby: ann, bob\n/);
  ann.type("/join dev");
  await ann.expect(/\* you are in dev: ann\n/);
  await bob.expect(/\* ann left\n/);
  ann.type("/rooms");
  await ann.expect(/\* dev \(1\), lobby \(1\)\n/);
  bob.type("anybody?");
  await bob.expect(/anybody\?\n/);
  ann.type("/leave");
  await ann.expect(/^\* you have left dev\n/);
  ann.type("hello?");
  await ann.expect(/^\* you are in no room; \/join ROOM enters one\n/);
});

test("a nick is one person's, whatever its case, and free when that one has gone", async () => {
  await using chat = await ChatKit.start();
  const [ann, bob] = [chat.terminal(), chat.terminal()];
  ann.type("/nick ann");
  await ann.expect(/lobby: ann\n/);
  bob.type("hi");
  await bob.expect(/guest-2: hi\n/);
  bob.type("/nick ANN");
  await bob.expect(/^\* ANN is somebody else\n/);
  ann.type("/nick Ann");
  await ann.expect(/ann is now Ann\n/);
  ann.type("bye");
  await bob.expect(/\* Ann left\n/);
  bob.type("/nick ann");
  await bob.expect(/guest-2 is now ann\n/);
});

test("what is said to one person goes to that one alone, across faces", async () => {
  await using chat = await ChatKit.start();
  const [ann, bob] = [chat.terminal(), chat.terminal()];
  for (const [user, nick] of [
    [ann, "ann"],
    [bob, "bob"],
  ] as const) {
    user.type(`/nick ${nick}`);
    await user.expect(/you are in lobby: .*\n/);
  }
  const page = await chat.program();
  await page.ask({ type: "nick", nick: "pia" });
  ann.type("/msg PIA psst");
  await ann.expect(/\] you to pia: psst\n/);
  const { from, to, text } = await page.next("direct");
  assert.deepEqual({ from, to, text }, { from: "ann", to: "pia", text: "psst" });
  const reply = await page.ask({ type: "direct", to: "ann", text: "what?" });
  assert.equal(reply?.type === "reply" && reply.to === "direct" && reply.nick, "ann");
  await ann.expect(/\] pia to you: what\?\n/);
  ann.type("/msg nobody hello");
  await ann.expect(/\* nobody here is called nobody\n/);
  bob.type("still here");
  await bob.expect(/still here\n/);
  assert.doesNotMatch(bob.rest, /psst|what/);
});

test("programs are welcomed, and every request is answered", async () => {
  await using chat = await ChatKit.start();
  const page = await chat.program();
  const { nick, room } = await page.next("welcome");
  assert.deepEqual({ nick, room }, { nick: "guest-1", room: "lobby" });
  const members = [{ nick: "ann", away: false }];
  const cases: [object, object][] = [
    [
      { type: "nick", nick: "ann" },
      { to: "nick", nick: "ann" },
    ],
    [
      { type: "join", room: "lobby" },
      { to: "join", room: "lobby", count: 1, awayCount: 0, members },
    ],
    [
      { type: "say", room: "lobby", text: "hello" },
      { to: "say", room: "lobby" },
    ],
    [
      { type: "who", room: "lobby" },
      { to: "who", room: "lobby", count: 1, awayCount: 0, members },
    ],
    [{ type: "rooms" }, { to: "rooms", rooms: [{ name: "lobby", count: 1 }] }],
    [
      { type: "leave", room: "lobby" },
      { to: "leave", room: "lobby" },
    ],
  ];
  for (const [request, reply] of cases) assert.deepEqual(await page.ask(request), { type: "reply", ...reply });
  const { message, ...entry } = await page.next("entry");
  assert.deepEqual(entry, { type: "entry", room: "lobby", kind: "say", who: "ann", text: "hello" });
  assert.equal(message.room, "lobby");
});

test("a program can be in several rooms, and page through what was said", async () => {
  await using chat = await ChatKit.start();
  const page = await chat.program();
  for (const room of ["lobby", "dev"]) await page.ask({ type: "join", room });
  for (let number = 1; number <= 5; number += 1) await page.ask({ type: "say", room: "dev", text: `line ${number}` });
  const texts = async (before?: number) => {
    const reply = await page.ask({ type: "history", room: "dev", before, limit: 2 });
    assert.ok(reply?.type === "reply" && reply.to === "history");
    return { said: reply.entries.map(({ entry }) => entry.text), first: reply.entries[0]?.offset, more: reply.more };
  };
  const last = await texts();
  assert.deepEqual(last.said, ["line 4", "line 5"]);
  const middle = await texts(last.first);
  assert.deepEqual(middle, { said: ["line 2", "line 3"], first: (last.first ?? 0) - 2, more: true });
  const first = await texts(middle.first);
  assert.deepEqual({ said: first.said, more: first.more }, { said: ["line 1"], more: false });
});

test("answers come behind what was said before, however fast it was typed", async () => {
  await using chat = await ChatKit.start();
  const nc = chat.terminal();
  nc.type("one\n/who\ntwo\n/nick ann\nbye");
  const said = await nc.expect(/\* bye, ann\n/);
  assert.match(
    said,
    /^\* welcome.*\n\* you are in.*\n.*guest-1: one\n\* in lobby: guest-1\n.*: two\n.*is now ann\n\* bye/,
  );
});

test("what was said is found again, by people and by programs", async () => {
  await using chat = await ChatKit.start();
  const nc = chat.terminal();
  nc.type("/nick ann");
  for (const text of ["The quick fox", "a lazy dog", "Foxes, always"]) nc.type(text);
  nc.type("/search fox");
  const found = await nc.expect(/\* found in lobby, the newest last:\n.*\n.*\n/);
  assert.match(found, /:\n[\d-]{10} \[.{5}\] ann: The quick fox\n[\d-]{10} \[.{5}\] ann: Foxes, always\n$/);
  nc.type("/search bear");
  await nc.expect(/^\* nothing in lobby has these words: bear\n/);
  const page = await chat.program();
  const early = await page.ask({ type: "search", room: "lobby", words: "fox" });
  assert.equal(early?.type === "error" && early.reason, "not-here");
  await page.ask({ type: "join", room: "lobby", last: 0 });
  const reply = await page.ask({ type: "search", room: "lobby", words: "ann fox", limit: 1 });
  assert.ok(reply?.type === "reply" && reply.to === "search");
  assert.deepEqual(
    reply.entries.map(({ entry }) => entry.text),
    ["Foxes, always"],
  );
});

test("a page of history fits into a message, however long its entries are", async () => {
  await using chat = await ChatKit.start();
  const page = await chat.program();
  await page.ask({ type: "join", room: "lobby" });
  for (let number = 0; number < 40; number += 1) {
    await page.ask({ type: "say", room: "lobby", text: `${number} ${"語".repeat(3_990)}` });
  }
  const reply = await page.ask({ type: "history", room: "lobby", limit: 200 });
  assert.ok(reply?.type === "reply" && reply.to === "history");
  assert.ok(reply.more && reply.entries.length < 40 && reply.entries.length > 10, `${reply.entries.length} entries`);
  assert.match(reply.entries.at(-1)?.entry.text ?? "", /^39 /);
});

test("what a program gets wrong is refused with a reason, and nothing ends", async () => {
  await using chat = await ChatKit.start();
  const page = await chat.program();
  const cases: [object | string, string, string | undefined][] = [
    [{ type: "say", room: "lobby", text: "too soon" }, "not-here", "say"],
    [{ type: "nick", nick: "a b" }, "malformed", "nick"],
    [{ type: "shout" }, "malformed", "shout"],
    // Who sends a message that is as long as may be gets an answer all the same.
    [{ type: "x".repeat(2 ** 20 - 16) }, "malformed", undefined],
    [{}, "malformed", undefined],
    ["{broken", "malformed", undefined],
    [{ type: "direct", to: "nobody", text: "hi" }, "no-such-nick", "direct"],
  ];
  for (const [request, reason, to] of cases) {
    const reply = await page.ask(request);
    assert.ok(reply?.type === "error", JSON.stringify(request));
    assert.deepEqual([reply.reason, reply.to], [reason, to]);
  }
  await page.session.send(new Uint8Array([1, 2, 3]));
  assert.equal((await page.next("error")).reason, "malformed");
  assert.deepEqual(await page.ask({ type: "rooms" }), { type: "reply", to: "rooms", rooms: [] });
});

test("over a bare WebSocket answers come in the order of the requests, and entries say where they belong", async () => {
  await using chat = await ChatKit.start();
  const socket = new WebSocket(`ws://127.0.0.1:${chat.port}`);
  const requests = [{ type: "join", room: "dev" }, { type: "say", room: "dev", text: "hello" }, { type: "shout" }];
  const received: { type: string; to?: string; room?: string; text?: string }[] = [];
  for await (const [data] of on(socket, "message", { signal: AbortSignal.timeout(30_000) })) {
    received.push(JSON.parse(String(data)));
    if (received.length === 1) for (const request of requests) socket.send(JSON.stringify(request));
    if (received.length === 5) break;
  }
  const entry = received.find(({ type }) => type === "entry");
  assert.deepEqual([entry?.room, entry?.text], ["dev", "hello"]);
  const others = received.filter((message) => message !== entry).map(({ type, to }) => [type, to]);
  assert.deepEqual(others, [
    ["welcome", undefined],
    ["reply", "join"],
    ["reply", "say"],
    ["error", "shout"],
  ]);
  socket.terminate();
});

test("who does not read what is said to them is left alone before long, and holds up nobody", async () => {
  await using chat = await ChatKit.start();
  const deaf = await connect(`ws://127.0.0.1:${chat.port}`, { limits: { windowMessages: 4 } });
  await deaf.request({ type: "nick", nick: "deaf" });
  const page = await chat.program();
  let told = 0;
  for (;;) {
    const reply = await page.ask({ type: "direct", to: "deaf", text: `number ${told + 1}` });
    if (reply?.type === "error") {
      assert.equal(reply.reason, "busy");
      break;
    }
    told += 1;
  }
  assert.ok(told >= 100 && told <= 110, `${told} were taken`);
  const heard: string[] = [];
  for await (const message of deaf) {
    const received = message.json() as ServerMessage;
    if (received.type === "direct") heard.push(received.text);
    if (heard.length === told) break;
  }
  assert.deepEqual(
    heard,
    Array.from({ length: told }, (_, index) => `number ${index + 1}`),
  );
});

test("whoever speaks text is answered in text, over whatever line", async () => {
  await using chat = await ChatKit.start();
  const { session } = await chat.program();
  assert.match((await session.request("/nick ann")).text(), /^\* welcome, ann; .*\n\* you are in lobby: ann$/);
  assert.equal((await session.request("hello")).text(), "");
  assert.equal((await session.request("/rooms")).text(), "* lobby (1)");
});

test("somebody whose line is gone is away, and keeps the nick", async () => {
  await using chat = await ChatKit.start();
  await using proxy = await CuttingProxy.to(chat.port);
  const page = await chat.program(`bowline://127.0.0.1:${proxy.port}`);
  await page.ask({ type: "nick", nick: "pia" });
  await page.ask({ type: "join", room: "lobby" });
  const ann = chat.terminal();
  ann.type("/nick ann");
  await ann.expect(/lobby: pia, ann\n/);
  proxy.isOpen = false;
  proxy.cut();
  for (let isAway = false; !isAway; ) {
    ann.type("/who");
    isAway = (await ann.expect(/\* in lobby: .*\n/)).includes("pia (away)");
  }
  ann.type("/nick pia");
  await ann.expect(/pia is somebody else\n/);
  ann.type("are you back?");
  proxy.isOpen = true;
  for (let said = ""; said !== "ann: are you back?"; ) {
    const { who, text } = await page.next("entry");
    said = `${who}: ${text}`;
  }
});

test("who comes, is away for a moment and goes is told to programs in full, and to terminals in lines worth reading", async () => {
  await using chat = await ChatKit.start();
  await using proxy = await CuttingProxy.to(chat.port);
  const robot = await chat.program();
  await robot.ask({ type: "join", room: "lobby" });
  const nc = chat.terminal();
  nc.type("hello");
  await nc.expect(/guest-2: hello\n/);
  const told = async () => {
    const { count, awayCount, joined, left, away, back } = await robot.next("presence");
    return { count, awayCount, joined, left, away, back };
  };
  const nobody = { joined: [], left: [], away: [], back: [] };
  assert.deepEqual(await told(), { ...nobody, count: 2, awayCount: 0, joined: ["guest-2"] });
  const pia = await chat.program(`bowline://127.0.0.1:${proxy.port}`);
  await pia.ask({ type: "nick", nick: "pia" });
  const here = await pia.ask({ type: "join", room: "lobby" });
  assert.ok(here?.type === "reply" && here.to === "join");
  assert.deepEqual(
    here.members.map(({ nick }) => nick),
    ["guest-1", "guest-2", "pia"],
  );
  assert.deepEqual(await told(), { ...nobody, count: 3, awayCount: 0, joined: ["pia"] });
  proxy.cut();
  assert.deepEqual(await told(), { ...nobody, count: 3, awayCount: 1, away: ["pia"] });
  assert.deepEqual(await told(), { ...nobody, count: 3, awayCount: 0, back: ["pia"] });
  await pia.ask({ type: "say", room: "lobby", text: "bye" });
  await pia.ask({ type: "leave", room: "lobby" });
  assert.deepEqual(await told(), { ...nobody, count: 2, awayCount: 0, left: ["pia"] });
  const seen = await nc.expect(/pia left\n/);
  assert.match(seen, /^\[.{5}\] \* pia joined\n\[.{5}\] pia: bye\n\[.{5}\] \* pia left\n$/);
});

test("nobody rewrites another's screen", async () => {
  await using chat = await ChatKit.start();
  const ann = chat.terminal();
  ann.type("/nick ann");
  await ann.expect(/lobby: ann\n/);
  const page = await chat.program();
  await page.ask({ type: "join", room: "lobby" });
  await page.ask({ type: "say", room: "lobby", text: "x\n[00:00] ann: I did not say this\u001b[2J\u202e" });
  await ann.expect(/\] guest-2: x \[00:00\] ann: I did not say this\[2J\n/);
});
