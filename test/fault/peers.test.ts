// Clients that others wrote: the tutorial's, curl, nc, telnet, Python's sockets, the ws package.

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { connect } from "../../src/client/node/index.ts";
import { type Server, serve } from "../../src/index.ts";
import { missing } from "../programs/missing.ts";
import { Program } from "../programs/program.ts";
import { RawClient } from "../raw-client.ts";

const SEED = new URL("../../../test/fault/seed/", import.meta.url).pathname;

let server: Server;
let port: number;

before(async () => {
  const page = () => new Response("the page\n", { headers: { "content-type": "text/plain" } });
  server = await serve({ port: 0, fetch: page }, async (session) => {
    for await (const message of session) {
      if (message.text() === "bye") return;
      await session.send(message.isText ? `you sent ${message.text()}` : message.bytes());
    }
  });
  ({ port } = server.address);
});

after(() => server.close({ drainTimeoutMs: 0 }));

describe("the tutorial", { skip: missing("python3") }, () => {
  test("its client talks with our server", async () => {
    await using client = new Program("python3", ["-u", `${SEED}client.py`, "127.0.0.1", String(port)]);
    await client.expect(/Enter message: /);
    client.write("hello\n");
    await client.expect(/Server response: you sent hello\nEnter message: /);
    client.write("again\n");
    await client.expect(/Server response: you sent again\nEnter message: /);
    client.write("bye\n");
    assert.equal(await client.end(), 0);
  });

  test("our client talks with its server", async () => {
    const taken = await portOfNobody();
    await using program = new Program("python3", ["-u", `${SEED}server.py`, "127.0.0.1", String(taken)]);
    await program.expect(/server started and listening/);
    // It never ends a connection, so that ours is cut off.
    const session = await connect(`tcp://127.0.0.1:${taken}`, { limits: { closeTimeoutMs: 100 } });
    for (const text of ["hello", "again"]) {
      await session.send(text);
      assert.equal((await session.receive())?.text(), "Oi you sent something to me");
      await program.expect(new RegExp(`Client sent: ${text}`));
    }
    await session.close();
  });
});

async function portOfNobody(): Promise<number> {
  await using other = await serve({ port: 0 }, () => {});
  return other.address.port;
}

test("nc, with and without ending its sending", { skip: missing("nc") }, async () => {
  await using open = new Program("nc", ["127.0.0.1", String(port)]);
  open.write("hello\n");
  await open.expect(/^you sent hello\n/);
  await using ending = new Program("nc", ["-N", "127.0.0.1", String(port)]);
  ending.write("last words");
  assert.equal(await ending.end(), 0);
  assert.equal(ending.stdout, "you sent last words");
});

test("telnet ends its lines with CRLF, and is answered so", { skip: missing("telnet") }, async () => {
  await using telnet = new Program("telnet", ["127.0.0.1", String(port)]);
  await telnet.expect(/Escape character/);
  telnet.write("hello\n");
  await telnet.expect(/you sent hello\r?\n/);
});

test("Python's sockets, a byte at a time and without a newline", { skip: missing("python3") }, async () => {
  const script = `
import socket, sys
s = socket.create_connection(("127.0.0.1", ${port}))
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for byte in "grüezi\\n".encode(): s.send(bytes([byte]))
print(repr(s.recv(1024).decode()))
`;
  await using client = new Program("python3", ["-c", script]);
  await client.expect(/'you sent grüezi\\n'/);
});

test("curl gets the page, the server's health, and nothing else", { skip: missing("curl") }, async () => {
  const get = async (...args: string[]): Promise<string> => {
    await using curl = new Program("curl", ["-s", "-i", ...args]);
    assert.equal(await curl.end(), 0);
    return curl.stdout;
  };
  assert.match(await get(`http://127.0.0.1:${port}/`), /^HTTP\/1\.1 200 OK.*\r\n\r\nthe page\n$/s);
  assert.match(await get(`http://127.0.0.1:${port}/healthz`), /^HTTP\/1\.1 200 OK.*\r\n\r\nok\n$/s);
  assert.match(await get("-I", `http://127.0.0.1:${port}/`), /^HTTP\/1\.1 200 OK.*\r\n\r\n$/s);
  assert.match(await get("-0", `http://127.0.0.1:${port}/`), /^HTTP\/1\.1 200 OK.*the page\n$/s);
});

describe("the ws package", () => {
  test("talks, pings, and hears the close code that it sent", async () => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/anywhere`);
    await once(client, "open");
    client.send("hello");
    assert.equal(String((await once(client, "message"))[0]), "you sent hello");
    client.send(Buffer.from([0, 255]));
    const [data, isBinary] = await once(client, "message");
    assert.deepEqual([Buffer.from(data as Buffer).toString("hex"), isBinary], ["00ff", true]);
    client.ping("there?");
    assert.equal(String((await once(client, "pong"))[0]), "there?");
    client.close(4321, "enough");
    assert.equal((await once(client, "close"))[0], 4321);
  });

  test("a large message, in fragments", async () => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(client, "open");
    const part = "x".repeat(50_000);
    for (let index = 0; index < 10; index += 1) client.send(part, { fin: index === 9 });
    assert.equal(String((await once(client, "message"))[0]), `you sent ${part.repeat(10)}`);
    client.close();
    await once(client, "close");
  });

  test("an ending of the handler has its code", async () => {
    const client = new WebSocket(`ws://127.0.0.1:${port}/`);
    await once(client, "open");
    client.send("bye");
    assert.equal((await once(client, "close"))[0], 1000);
  });

  test("a page of another origin is refused, the server's own is not", async () => {
    const foreign = new WebSocket(`ws://127.0.0.1:${port}/`, { origin: "https://evil.example" });
    const [error] = await once(foreign, "error");
    assert.match(String(error), /403/);
    const own = new WebSocket(`ws://127.0.0.1:${port}/`, { origin: `http://127.0.0.1:${port}` });
    await once(own, "open");
    own.close();
    await once(own, "close");
  });
});

test("what is wrong with an upgrade is answered by HTTP", async () => {
  const upgrade = (head: string) => `${head}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n`;
  const cases: readonly (readonly [string, RegExp])[] = [
    [upgrade("GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Version: 8"), /^HTTP\/1\.1 426 .*sec-websocket-version: 13/is],
    [upgrade("GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Version: 13"), /^HTTP\/1\.1 400 .*Sec-WebSocket-Key/s],
    [upgrade("POST / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Version: 13"), /^HTTP\/1\.1 405 /],
  ];
  for (const [request, answer] of cases) {
    await using client = await RawClient.connect(port);
    client.write(request);
    assert.match(await client.ended(), answer);
  }
});

test("an upgrade to anything else is ignored, as `curl --http2` expects", async () => {
  await using client = await RawClient.connect(port);
  const upgrade =
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n";
  for (let times = 0; times < 2; times += 1) {
    client.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n${upgrade}`);
    await client.expect(/^HTTP\/1\.1 200 OK\r\n.*\r\nok\n\r\n0\r\n\r\n/s);
  }
  client.write(`GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${upgrade}`);
  assert.match(await client.ended(), /^\s*HTTP\/1\.1 200 OK\r\n/);
});
