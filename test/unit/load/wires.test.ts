import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { exchange, greet } from "../../../src/load/closed-loop.ts";
import { frames, webSocketFrames } from "../../../src/load/frame-client.ts";
import { lines } from "../../../src/load/line-client.ts";
import { openClients, type Wire } from "../../../src/load/load-client.ts";
import { comeAndGo } from "../../../src/load/storm.ts";
import { webSocket } from "../../../src/load/websocket-client.ts";
import { startServer } from "./echo.ts";

const WIRES: { readonly [name: string]: Wire } = {
  "plain lines": lines,
  "bare WebSocket": webSocket,
  "frames on TCP": frames,
  "frames on WebSocket": webSocketFrames,
};

for (const [name, wire] of Object.entries(WIRES)) {
  test(`${name}: every message that is said is heard, and counted once`, async () => {
    await using server = await startServer("echo");
    const clients = await openClients(wire, server.target, 3);
    assert.equal((await greet(clients)).messages, 3);
    // More at once than a window holds.
    const { messages } = await exchange(clients, 3_000, 1);
    assert.ok(messages >= 9_000 && messages % 3_000 === 0, `${messages} messages`);
    assert.equal(server.received(), messages + 3);
    await Promise.all(clients.map((client) => client.leave()));
  });

  test(`${name}: clients come and go in good order`, async () => {
    await using server = await startServer("echo");
    const { messages } = await comeAndGo(wire, server.target, 2, 1);
    assert.ok(messages >= 2, `${messages} visits`);
  });
}

test("a server that ends a connection ends the run", async () => {
  await using server = await startServer("echo", { limits: { maxMessageBytes: 10 } });
  for (const wire of [webSocket, frames, webSocketFrames]) {
    const clients = await openClients(wire, server.target, 1);
    await assert.rejects(greet(clients), /ended a connection|closed a session|ECONNRESET/);
  }
});

test("who does not speak WebSocket is told apart", async () => {
  const stranger = createServer((socket) => socket.end("HTTP/1.1 404 Not Found\r\n\r\n")).listen(0, "127.0.0.1");
  await once(stranger, "listening");
  const { port } = stranger.address() as { port: number };
  try {
    const target = { host: "127.0.0.1", port, isSecure: false, path: "/" };
    await assert.rejects(webSocket.open(target), /no WebSocket: HTTP\/1.1 404 Not Found/);
  } finally {
    stranger.close();
  }
});
