import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { ChatKit } from "../chat-kit.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { missing } from "../programs/missing.ts";
import { Program } from "../programs/program.ts";
import { bowline, run, start } from "./bowline.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const seeds = join(import.meta.dirname, "..", "..", "..", "test", "fault", "seed");

test("what is piped in is said in the chat; what is said comes out", async () => {
  await using chat = await ChatKit.start();
  const ann = chat.terminal();
  ann.type("/nick ann");
  await ann.expect(/lobby: ann\n/);
  const { code, stdout, stderr } = await run(["connect", `127.0.0.1:${chat.port}`, "--name", "bob"], {
    input: "hello\n/who\n/shout\n",
  });
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /\* you are in lobby: ann, bob\n/);
  assert.match(stdout, /\] bob: hello\n/);
  assert.match(stdout, /\* in lobby: ann, bob\n/);
  assert.match(stdout, /\* unknown command \/shout;/);
  await ann.expect(/bob joined\n.*bob: hello\n.*bob left\n/);
});

test("everything that was piped in is acknowledged before it exits, whatever becomes of the line", async () => {
  await using chat = await ChatKit.start();
  await using proxy = await CuttingProxy.to(chat.port);
  const ann = chat.terminal();
  ann.type("/join numbers");
  await ann.expect(/in numbers: guest-1\n/);
  await using program = bowline(["connect", `ws://127.0.0.1:${proxy.port}`, "--room", "numbers", "--name", "bob"]);
  const count = 300;
  for (let number = 1; number <= count; number += 1) {
    program.write(`number ${number}\n`);
    if (number % 50 === 0) {
      await program.expect(new RegExp(`bob: number ${number - 10}\n`));
      proxy.cut();
    }
  }
  assert.equal(await program.end(), 0);
  const heard = [...(await ann.expect(/bob left\n/)).matchAll(/bob: number (\d+)\n/g)].map(([, number]) =>
    Number(number),
  );
  assert.deepEqual(
    heard,
    Array.from({ length: count }, (_, index) => index + 1),
  );
  assert.ok(proxy.cuts > 1);
});

test("--json gives and takes a message a line, and says where each came from", async () => {
  await using chat = await ChatKit.start();
  const { code, stdout, stderr } = await run(["connect", `127.0.0.1:${chat.port}`, "--json", "--room", "lobby"], {
    input: '{"type":"say","room":"lobby","text":"hi \\u202e"}\nnot json\n{"type":"rooms"}\n',
  });
  assert.equal(code, 0);
  assert.match(stderr, /^bowline: line 2 is not sent, since it is no JSON: .*\n$/);
  assert.doesNotMatch(stdout, /\u202e/);
  const messages = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(messages[0], { data: { type: "welcome", nick: "guest-1", room: "lobby" } });
  const { room, offset, data } = messages.find((message) => "room" in message) ?? {};
  const entry = { type: "entry", room: "lobby", kind: "say", who: "guest-1", text: "hi \u202e" };
  assert.deepEqual({ room, offset, data }, { room: "lobby", offset: 1, data: entry });
  const reply = { type: "reply", to: "rooms", rooms: [{ name: "lobby", count: 1 }] };
  assert.ok(messages.some(({ data }) => isDeepStrictEqual(data, reply)));
});

test("plain lines: the chat, as nc knows it", async () => {
  await using chat = await ChatKit.start();
  const { code, stdout } = await run(["connect", `tcp://127.0.0.1:${chat.port}`, "--name", "bob"], { input: "hi\n" });
  assert.equal(code, 0);
  assert.match(stdout, /^\* welcome, bob; .*\n\* you are in lobby: bob\n\[\d\d:\d\d\] bob: hi\n$/);
});

test("the tutorial's server holds a conversation", { skip: missing("python3") }, async () => {
  await using server = new Program("python3", ["-u", join(seeds, "server.py"), "127.0.0.1", "18124"]);
  await server.expect(/listening\n/);
  await using client = bowline(["connect", "tcp://127.0.0.1:18124"]);
  for (const line of ["hello", "again", "and again"]) {
    client.write(`${line}\n`);
    await server.expect(new RegExp(`Client sent: ${line}\n`));
    await client.expect(/^Oi you sent something to me\n/);
  }
  client.write("bye\n");
  assert.equal(await client.end(), 0);
});

test("a server that is not there is one sentence", async () => {
  for (const url of ["127.0.0.1:1", "ws://127.0.0.1:1", "tcp://127.0.0.1:1", "bowlines://127.0.0.1:1"]) {
    const { code, stdout, stderr } = await run(["connect", url], { input: "hello\n" });
    assert.deepEqual([code, stdout], [1, ""], url);
    assert.match(stderr, /^bowline: cannot connect to .*: nothing listens on port 1 of 127\.0\.0\.1\n$/);
  }
});

test("a server that is none of ours is one sentence, whatever it speaks", async () => {
  const http = createServer((_, response) => response.end("a page"));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  after(() => http.close());
  const { port } = http.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const silent = createTcpServer((socket) => sockets.push(socket));
  const sockets: Socket[] = [];
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  after(() => {
    silent.close();
    for (const socket of sockets) socket.destroy();
  });
  const mute = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const strange = (url: string, plain: string): string =>
    `nothing at ${url} answers as Bowline does: is it another server? ${plain} talks to any, line by line`;
  const cases: readonly [url: string, sentence: string][] = [
    [host, strange(`bowline://${host}`, `tcp://${host}`)],
    [mute, strange(`bowline://${mute}`, `tcp://${mute}`)],
    [`bowlines://${mute}`, strange(`bowlines://${mute}`, `tls://${mute}`)],
    [
      `http://${host}`,
      `cannot connect to ws://${host}/: no WebSocket to ${host}: the server answered with HTTP status 200`,
    ],
    [
      `wss://${host}`,
      `cannot connect to wss://${host}/: port ${port} of 127.0.0.1 does not speak TLS that is understood here`,
    ],
  ];
  const check = async ([url, sentence]: (typeof cases)[number]): Promise<void> => {
    const begun = performance.now();
    const { code, stdout, stderr } = await run(["connect", url], { input: "hello\n" });
    assert.deepEqual([code, stdout, stderr], [1, "", `bowline: ${sentence}\n`]);
    assert.ok(performance.now() - begun < 14_000, "whatever does not hang up is not waited for");
  };
  await Promise.all(cases.map(check));
});

test("ten thousand lines that are piped in arrive before it exits, in order", async () => {
  const file = join(temporaryFolder(after), "counting.mjs");
  writeFileSync(file, COUNTING);
  const { server, port } = await start(["serve", file]);
  await using _ = server;
  const count = 10_000;
  const input = Array.from({ length: count }, (_, index) => `line ${index + 1}\n`).join("");
  for (const scheme of ["bowline", "ws"]) {
    const { code, stdout, stderr } = await run(["connect", `${scheme}://127.0.0.1:${port}`], { input });
    assert.deepEqual([code, stdout, stderr], [0, "", ""]);
    await server.expectError(new RegExp(`counted ${count}\n`));
  }
});

/** Counts the lines of each session, which have to say their numbers. */
const COUNTING = `
  export default async (session) => {
    let count = 0;
    for await (const message of session) {
      count += 1;
      if (message.text() !== "line " + count) throw new Error(message.text() + " came as number " + count);
    }
    console.error("counted " + count);
  };
`;

test("what would steer the terminal is shown as what it is", async () => {
  const file = join(temporaryFolder(after), "steering.mjs");
  writeFileSync(file, STEERING);
  const { server, port } = await start(["serve", file]);
  await using _ = server;
  const { code, stdout, stderr } = await run(["connect", `127.0.0.1:${port}`], { input: "hello\n" });
  assert.equal(code, 1);
  assert.equal(stdout, "\\x1b[2Jtwo lines\\u202e\\x9d\n");
  assert.equal(stderr, "bowline: the session ended: the server has sent you away: \\x1b[31mred (kicked, 4012)\n");
});

/** Says what no terminal should obey, in a message and in its last words. */
const STEERING = `
  export default async (session) => {
    await session.send("\\u001b[2Jtwo\\nlines\\u202e\\u009d\\r\\n");
    await session.receive();
    await session.close({ code: 4012, reason: "\\u001b[31mred" });
  };
`;

test("--trace tells what happens on the line, beside what is shown", async () => {
  await using chat = await ChatKit.start();
  const { stdout, stderr } = await run(["connect", `127.0.0.1:${chat.port}`, "--trace"], { input: "hello\n" });
  assert.match(stdout, /guest-1: hello\n/);
  assert.match(
    stderr,
    /open: a new session, [\w-]+, on bowline:.*\n[\s\S]*<- message 1, \d+ bytes\n[\s\S]*-> 5 characters\n/,
  );
  assert.match(stderr, /<- lobby 1, \d+ bytes\n[\s\S]*closed: normal \(1000\) /);
});
