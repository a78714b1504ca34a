// Thousands who begin and never finish, and one who is served all the while.

import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import { certificate, privateKey } from "../certificate.ts";
import { serveEcho } from "../echo-server.ts";
import { RawClient } from "../raw-client.ts";
import { ackFrame, messageFrame, openFrame, PREFACE, upgradeRequest } from "../raw-frames.ts";

const OPEN_TIMEOUT_MS = 3_000;
const EACH = 625;
const AT_ONCE = 125;

const TLS_HELLO = Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03]);
const UPGRADE = upgradeRequest({ "Sec-WebSocket-Protocol": "bowline.1" });

/** Beginnings of every kind, none of them enough for a session. */
const BEGINNINGS: readonly (readonly [name: string, bytes: string | Uint8Array])[] = [
  ["a TLS hello without its end", TLS_HELLO],
  ["half the head of a request", "GET / HTTP/1.1\r\nHost: local"],
  ["half an upgrade", UPGRADE.slice(0, -20)],
  ["an upgrade and no OPEN", UPGRADE],
  [
    "an upgrade and half an OPEN",
    Buffer.concat([Buffer.from(UPGRADE), encodeWebSocketFrame(2, openFrame(), 7).subarray(0, 20)]),
  ],
  ["a preface", PREFACE],
  ["half an OPEN", Buffer.concat([PREFACE, openFrame().subarray(0, 15)])],
  ["an OPEN, and no adoption", Buffer.concat([PREFACE, openFrame()])],
];

test(`${BEGINNINGS.length * EACH} half-finished handshakes are dropped in time, and hurt nobody`, async (t) => {
  const tls = { key: privateKey, cert: certificate };
  await using server = await serveEcho({ tls, limits: { openTimeoutMs: OPEN_TIMEOUT_MS } });
  const { port } = server.address;
  await using bystander = await RawClient.connect(port);
  let asked = 0;
  let slowestMs = 0;
  let isOver = false;
  const talking = (async () => {
    while (!isOver) {
      asked += 1;
      const begin = performance.now();
      bystander.write(`question ${asked}\n`);
      await bystander.expect(`question ${asked}\n`);
      slowestMs = Math.max(slowestMs, performance.now() - begin);
      await new Promise((resolve) => setImmediate(resolve));
    }
  })();
  const halfFinished: Promise<void>[] = [];
  for (let count = 0; count < EACH; count += AT_ONCE) {
    for (const [name, bytes] of BEGINNINGS) {
      const clients = await Promise.all(Array.from({ length: AT_ONCE }, () => RawClient.connect(port)));
      for (const client of clients) halfFinished.push(isDroppedInTime(client, name, bytes));
    }
  }
  await Promise.all(halfFinished);
  isOver = true;
  await talking;
  assert.equal(server.metrics().sessionsOpened, 1);
  t.diagnostic(`meanwhile ${asked} questions were answered, each within ${Math.round(slowestMs)} ms`);
});

async function isDroppedInTime(client: RawClient, name: string, bytes: string | Uint8Array): Promise<void> {
  client.write(bytes);
  const begin = performance.now();
  await client.ended();
  const tookMs = performance.now() - begin;
  assert.ok(tookMs > OPEN_TIMEOUT_MS - 100, `${name}: dropped too early, after ${tookMs} ms`);
  await client[Symbol.asyncDispose]();
}

test("a client that drips its request is dropped, too, on the first request and on a later one", async () => {
  await using server = await serveEcho({ limits: { openTimeoutMs: 1_000 }, fetch: () => new Response("page") });
  const { port } = server.address;
  for (const first of ["", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"]) {
    await using client = await RawClient.connect(port);
    client.write(first);
    if (first !== "") await client.expect("page");
    client.write("GET / HTTP/1.1\r\n");
    const timer = setInterval(() => client.write("x: y\r\n"), 50);
    await client.ended();
    clearInterval(timer);
  }
});

/** Waits for as long as a handshake may take, by the server's own clock. */
async function untilAHandshakeIsOver(port: number): Promise<void> {
  await using other = await RawClient.connect(port);
  other.write(PREFACE);
  await other.ended();
}

test("a person at a TLS terminal may think for longer than a handshake may take", async () => {
  const tls = { key: privateKey, cert: certificate };
  await using server = await serveEcho({ tls, limits: { openTimeoutMs: 200, silentTimeoutMs: 1_500 } });
  await using client = await RawClient.connect(server.address.port, { tls: true });
  const begin = performance.now();
  assert.equal(await client.ended(), "");
  assert.ok(performance.now() - begin > 1_000);
  await using other = await RawClient.connect(server.address.port, { tls: true });
  await untilAHandshakeIsOver(server.address.port);
  other.write("hello\n");
  await other.expect("hello\n");
});

test("an upgrade on a connection that was kept alive has time of its own", async () => {
  await using server = await serveEcho({ limits: { openTimeoutMs: 300 }, fetch: () => new Response("page") });
  await using client = await RawClient.connect(server.address.port);
  client.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await client.expect("page");
  await untilAHandshakeIsOver(server.address.port);
  client.write(UPGRADE);
  await client.expect("\r\n\r\n");
  client.write(encodeWebSocketFrame(OPCODE.binary, openFrame(), 7));
  await client.expect(/[0-9a-f]{32}/);
  client.write(encodeWebSocketFrame(OPCODE.binary, ackFrame(0), 7));
  client.write(encodeWebSocketFrame(OPCODE.binary, messageFrame(1, "hello"), 7));
  await client.expect("hello");
});

test("a WebSocket without OPEN has no longer than any other client", async () => {
  await using server = await serveEcho({ limits: { openTimeoutMs: 300, closeTimeoutMs: 300 } });
  await using client = await RawClient.connect(server.address.port);
  client.write(UPGRADE);
  await client.expect("101");
  client.write(encodeWebSocketFrame(OPCODE.ping, "alive", 7));
  await client.expect("alive");
  await client.ended();
});
