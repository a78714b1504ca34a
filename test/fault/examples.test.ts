import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { missing } from "../programs/missing.ts";
import { Program } from "../programs/program.ts";

const root = join(import.meta.dirname, "..", "..", "..");

/** Starts an example on a port of its own; gives it and the port that it listens on. */
async function start(name: string): Promise<{ program: Program; port: number }> {
  const program = new Program(process.execPath, [join(root, "dist", "examples", `${name}.js`), "0"]);
  const [port] = await program.expect(/listening on port (\d+)\n/);
  return { program, port: Number(port) };
}

/** A plain client: what `nc` is. */
class PlainClient {
  readonly #socket: Socket;
  #received = "";

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1").setEncoding("utf8");
    this.#socket.on("data", (text: string) => {
      this.#received += text;
    });
  }

  send(text: string): void {
    this.#socket.write(text);
  }

  async expect(text: string): Promise<void> {
    while (!this.#received.includes(text)) await once(this.#socket, "data", { signal: AbortSignal.timeout(30_000) });
    this.#received = this.#received.slice(this.#received.indexOf(text) + text.length);
  }

  async ended(): Promise<void> {
    if (!this.#socket.readableEnded) await once(this.#socket, "end", { signal: AbortSignal.timeout(30_000) });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

test("no example is longer than thirty lines", () => {
  for (const name of readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const lines = readFileSync(join(root, "examples", name), "utf8")
      .trimEnd()
      .split("\n");
    assert.ok(lines.length <= 30, `${name} has ${lines.length} lines`);
  }
});

test("oi: the tutorial's client gets its exact reply, message after message, until bye", {
  skip: missing("python3"),
}, async () => {
  const { program, port } = await start("oi");
  await using _server = program;
  for (let run = 0; run < 2; run++) {
    await using client = new Program("python3", [
      "-u",
      join(root, "test/fault/seed/client.py"),
      "127.0.0.1",
      `${port}`,
    ]);
    for (const message of ["hello", "how are you?", "Ünïcödé", "a"]) {
      await client.expect(/Enter message: $/);
      client.write(`${message}\n`);
      await client.expect(/^Server response: Oi you sent something to me\n/);
    }
    await client.expect(/Enter message: $/);
    client.write("Bye\n");
    assert.equal(await client.end(), 0);
    assert.equal(client.stderr, "");
  }
  assert.equal(program.stderr, "");
});

test("oi: the server ends a line client's session on bye", async () => {
  const { program, port } = await start("oi");
  await using _server = program;
  using client = new PlainClient(port);
  client.send("hello\r\n");
  await client.expect("Oi you sent something to me\r\n");
  client.send("bye\r\n");
  await client.ended();
});

test("echo: text comes back as it was", async () => {
  const { program, port } = await start("echo");
  await using _server = program;
  using client = new PlainClient(port);
  client.send("one\ntwo\n");
  await client.expect("one\ntwo\n");
});

test("room: two people read each other, and who comes later reads what was said", async () => {
  const { program, port } = await start("room");
  await using _server = program;
  using ann = new PlainClient(port);
  ann.send("hello\n");
  await ann.expect("guest 1: hello\n");
  using bob = new PlainClient(port);
  bob.send("hi\n");
  await bob.expect("guest 1: hello\n");
  await bob.expect("guest 2: hi\n");
  await ann.expect("guest 2: hi\n");
});

test("presence: who comes is told who is here, and the others that somebody came, and went", async () => {
  const { program, port } = await start("presence");
  await using _server = program;
  using ann = new PlainClient(port);
  ann.send("hello\n");
  await ann.expect('{"type":"here","names":["guest 1"]}\n');
  await ann.expect("guest 1: hello\n");
  {
    using bob = new PlainClient(port);
    bob.send("hi\n");
    await bob.expect('{"type":"here","names":["guest 1","guest 2"]}\n');
    await ann.expect('{"type":"presence","count":2,"joined":["guest 2"],"left":[],"away":[],"back":[]}\n');
    await ann.expect("guest 2: hi\n");
  }
  await ann.expect('{"type":"presence","count":1,"joined":[],"left":["guest 2"],"away":[],"back":[]}\n');
});

test("request-reply: both answers come, in the order of the questions", async () => {
  await using program = new Program(process.execPath, [join(root, "dist/examples/request-reply.js")]);
  await program.expect(/^7 letters\n4 letters\n/);
  assert.equal(await program.end(), 0, program.stderr);
});

test("messages-zod: what is asked is answered, or refused with a reason", async () => {
  await using program = new Program(process.execPath, [join(root, "dist/examples/messages-zod.js")]);
  await program.expect(/^declined: this card has expired\nrope, rope, rope\n/);
  assert.equal(await program.end(), 0, program.stderr);
});

test("messages-valibot: what is wrong is said, and the rest goes on", async () => {
  await using program = new Program(process.execPath, [join(root, "dist/examples/messages-valibot.js")]);
  await program.expect(/white moves to e4\n/);
  assert.equal(await program.end(), 0, program.stderr);
  const lines = ["square: must be a square", "white moves to e2", "white moves to e4", ""];
  assert.deepEqual(program.stdout.split("\n").sort(), lines.sort());
});

test("auth: the right credential is welcome, another is refused", async () => {
  await using program = new Program(process.execPath, [join(root, "dist/examples/auth.js")]);
  await program.expect(/^welcome, ann\nrefused: unauthenticated\n/);
  assert.equal(await program.end(), 0, program.stderr);
});

test("browser: the page and the client's modules are served, and nothing else", async () => {
  const { program, port } = await start("browser/server");
  await using _server = program;
  const page = await fetch(`http://127.0.0.1:${port}/`);
  assert.equal(page.headers.get("content-type"), "text/html; charset=utf-8");
  assert.match(await page.text(), /<h1>Lobby<\/h1>/);
  const module = await fetch(`http://127.0.0.1:${port}/bowline/client.js`);
  assert.equal(module.headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.match(await module.text(), /export/);
  assert.equal((await fetch(`http://127.0.0.1:${port}/package.json`)).status, 404);
});
