// Our codec and the `ws` package talk to each other over a real socket, in both directions.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import type { Duplex } from "node:stream";
import { type TestContext, test } from "node:test";
import { type RawData, WebSocket, WebSocketServer } from "ws";
import {
  findUpgradeFault,
  formatUpgradeRequest,
  parseUpgradeResponse,
} from "../../src/protocol/websocket/client-handshake.ts";
import { encodeWebSocketClose } from "../../src/protocol/websocket/close-frame.ts";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { ACCEPT_GUID, checkUpgradeRequest, formatUpgradeResponse } from "../../src/protocol/websocket/handshake.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import { WebSocketCodec, type WebSocketUnit } from "../../src/protocol/websocket/websocket-codec.ts";
import { WebSocketError } from "../../src/protocol/websocket/websocket-error.ts";

const timeout = 20_000;
const MAX_MESSAGE_BYTES = 1_000_000;
const SIZES = [0, 1, 125, 126, 127, 65_535, 65_536, 500_000];

test("a ws client is echoed every size of text and binary", { timeout }, async (t) => {
  const client = await openWs(t);
  for (const size of SIZES) {
    const text = "ü".repeat(size);
    if (size <= MAX_MESSAGE_BYTES / 2) assert.equal(`${await exchange(client, text)}`, text);
    const bytes = randomBytes(size);
    assert.deepEqual(await exchange(client, bytes), bytes);
  }
});

test("a ws client sends fragments with a ping between them", { timeout }, async (t) => {
  const client = await openWs(t);
  const pong = once(client, "pong");
  const message = once(client, "message");
  client.send("one ", { fin: false });
  client.ping("between");
  client.send("two", { fin: true });
  assert.equal(`${(await pong)[0]}`, "between");
  assert.equal(`${(await message)[0]}`, "one two");
});

test("a ws client closes, and is answered with its own code", { timeout }, async (t) => {
  const client = await openWs(t);
  client.close(4012, "tschüß");
  const [code, reason] = await once(client, "close");
  assert.equal(code, 4012);
  assert.equal(`${reason}`, "tschüß");
});

test("a ws client is told what it did wrong", { timeout }, async (t) => {
  const client = await openWs(t);
  client.send(Buffer.alloc(MAX_MESSAGE_BYTES + 1));
  const [code, reason] = await once(client, "close");
  assert.equal(code, 1009);
  assert.match(`${reason}`, /longer than 1000000 bytes/);
});

test("a ws client that offers bowline.1 gets it", { timeout }, async (t) => {
  const client = await openWs(t, ["chat", "bowline.1"]);
  assert.equal(client.protocol, "bowline.1");
});

test("a ws server understands our client, and the other way round", { timeout }, async (t) => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", maxPayload: MAX_MESSAGE_BYTES });
  t.after(() => server.close());
  await once(server, "listening");
  server.on("connection", (peer) => peer.on("message", (data, isBinary) => peer.send(data, { binary: isBinary })));

  const { socket, units } = await openOwn(server.address() as AddressInfo);
  t.after(() => socket.destroy());
  for (const size of SIZES) {
    const bytes = randomBytes(size);
    socket.write(encodeWebSocketFrame(OPCODE.binary, bytes, randomBytes(4).readInt32BE()));
    const echo = (await units.next()).value;
    assert.ok(echo?.kind === "binary" && bytes.equals(echo.data));
  }
  socket.write(encodeWebSocketFrame(OPCODE.ping, "?", randomBytes(4).readInt32BE()));
  const pong = (await units.next()).value;
  assert.ok(pong?.kind === "pong" && Buffer.from(pong.data).toString() === "?");
  socket.write(encodeWebSocketFrame(OPCODE.text, "hello", randomBytes(4).readInt32BE()));
  assert.equal((await units.next()).value?.kind, "text");
  socket.write(encodeWebSocketClose(4012, "bye", randomBytes(4).readInt32BE()));
  assert.deepEqual((await units.next()).value, { kind: "close", code: 4012, reason: "bye" });
});

async function openWs(t: TestContext, protocols: string[] = []): Promise<WebSocket> {
  const server = await startEchoServer();
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, protocols, { perMessageDeflate: false });
  t.after(() => {
    client.terminate();
    server.close();
  });
  await once(client, "open");
  return client;
}

async function exchange(client: WebSocket, data: string | Buffer): Promise<RawData> {
  const message = once(client, "message");
  client.send(data);
  return (await message)[0];
}

/** The smallest WebSocket server that the codec and the handshake make together: it sends back what it gets. */
async function startEchoServer(): Promise<Server> {
  const server = createServer();
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const upgrade = checkUpgradeRequest(request);
    assert.ok(upgrade.accepted);
    socket.write(formatUpgradeResponse(acceptOf(upgrade.key), upgrade.subprotocol));
    const codec = new WebSocketCodec({ role: "server", maxMessageBytes: MAX_MESSAGE_BYTES });
    const receive = (chunk: Uint8Array) => {
      try {
        codec.push(chunk);
        for (let unit = codec.next(); unit !== undefined; unit = codec.next()) answer(socket, unit);
      } catch (error) {
        assert.ok(error instanceof WebSocketError);
        socket.end(encodeWebSocketClose(error.closeCode, error.reason));
        // The rest of what the peer still sends is read, and so it gets to read the close.
        socket.off("data", receive).resume();
      }
    };
    socket.on("error", () => socket.destroy());
    socket.on("data", receive);
    receive(head);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

function answer(socket: Duplex, unit: WebSocketUnit): void {
  if (unit.kind === "close") socket.end(encodeWebSocketClose(unit.code, unit.reason));
  else if (unit.kind === "ping") socket.write(encodeWebSocketFrame(OPCODE.pong, unit.data));
  else if (unit.kind !== "pong") socket.write(encodeWebSocketFrame(OPCODE[unit.kind], unit.data));
}

/** The same for a client: opens a connection, and gives what arrives as it is asked for. */
async function openOwn({ port }: AddressInfo) {
  const socket = connect(port, "127.0.0.1");
  const key = randomBytes(16).toString("base64");
  socket.write(formatUpgradeRequest({ host: `127.0.0.1:${port}`, path: "/", key }));
  const chunks = socket[Symbol.asyncIterator]();
  let received = Buffer.alloc(0);
  while (!received.includes("\r\n\r\n")) received = Buffer.concat([received, (await chunks.next()).value]);
  const headEnd = received.indexOf("\r\n\r\n") + 4;
  const response = parseUpgradeResponse(received.toString("latin1", 0, headEnd));
  assert.ok(response !== undefined);
  assert.equal(findUpgradeFault(response, acceptOf(key)), undefined);

  const codec = new WebSocketCodec({ role: "client", maxMessageBytes: MAX_MESSAGE_BYTES });
  codec.push(received.subarray(headEnd));
  async function* readUnits(): AsyncGenerator<WebSocketUnit> {
    for (;;) {
      for (let unit = codec.next(); unit !== undefined; unit = codec.next()) yield unit;
      const { value, done } = await chunks.next();
      if (done) return;
      codec.push(value);
    }
  }
  return { socket, units: readUnits() };
}

function acceptOf(key: string): string {
  return createHash("sha1")
    .update(key + ACCEPT_GUID)
    .digest("base64");
}
