// Everybody on one port, however few bytes come at once, and whoever stops in the middle.

import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { connect as connectTls } from "node:tls";
import type { Server } from "../../src/index.ts";
import { FrameType } from "../../src/protocol/frames/frame.ts";
import { encodeWebSocketFrame } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import { certificate, privateKey } from "../certificate.ts";
import { serveEcho } from "../echo-server.ts";
import { RawClient } from "../raw-client.ts";
import { ackFrame, messageFrame, openFrame, PREFACE, upgradeRequest } from "../raw-frames.ts";

const tls = { key: privateKey, cert: certificate };
const MASK = 0x1234_5678;

let server: Server;
let port: number;

before(async () => {
  server = await serveEcho({ tls, fetch: () => new Response("the page\n") });
  ({ port } = server.address);
});

after(() => server.close({ drainTimeoutMs: 0 }));

type Write = (client: RawClient, data: string | Uint8Array) => Promise<void>;

const whole: Write = async (client, data) => client.write(data);
const byteByByte: Write = (client, data) => client.writeByteByByte(data);

for (const [how, write] of [
  ["whole", whole],
  ["byte by byte", byteByByte],
] as const) {
  for (const isSecure of [false, true]) {
    describe(`${isSecure ? "inside TLS" : "on TCP"}, ${how}`, () => {
      test("plain lines", async () => {
        await using client = await RawClient.connect(port, { tls: isSecure });
        await write(client, "hello\r\n");
        await client.expect(/^hello\r\n$/);
      });

      test("a line that begins like HTTP, like TLS, like Bowline", async () => {
        await using client = await RawClient.connect(port, { tls: isSecure });
        await write(client, "GET me a drink\n");
        await client.expect(/^GET me a drink\n$/);
        await using other = await RawClient.connect(port, { tls: isSecure });
        await write(other, "BOWLINE is a knot\n");
        await other.expect(/^BOWLINE is a knot\n$/);
        await using third = await RawClient.connect(port, { tls: isSecure });
        await write(third, "\u0016\u0016 what\n");
        await third.expect(/^ what\n$/);
      });

      test("frames", async () => {
        await using client = await RawClient.connect(port, { tls: isSecure });
        await write(client, Buffer.concat([PREFACE, openFrame()]));
        assert.equal((await client.frame()).type, FrameType.opened);
        await write(client, Buffer.concat([ackFrame(0), messageFrame(1, "hello")]));
        let frame = await client.frame();
        while (frame.type === FrameType.ack) frame = await client.frame();
        assert.ok(frame.type === FrameType.message);
        assert.equal(frame.text(), "hello");
      });

      test("a version that is not known gets a CLOSE, and never plain lines", async () => {
        await using client = await RawClient.connect(port, { tls: isSecure });
        await write(client, "BOWLINE/2\n");
        const frame = await client.frame();
        assert.ok(frame.type === FrameType.close);
        assert.equal(frame.code, 1002);
        await client.ended();
      });

      test("a page", async () => {
        await using client = await RawClient.connect(port, { tls: isSecure });
        await write(client, "GET /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        await client.expect(/^HTTP\/1\.1 200 OK\r\n.*the page\n/s);
      });

      test("a WebSocket", async () => {
        await using client = await RawClient.connect(port, { tls: isSecure });
        await write(client, upgradeRequest());
        await client.expect(/^HTTP\/1\.1 101 .*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n/s);
        await write(client, encodeWebSocketFrame(OPCODE.text, "hello", MASK));
        await client.expect("hello");
      });

      test("frames in a WebSocket, in the same segment as the upgrade", async () => {
        await using client = await RawClient.connect(port, { tls: isSecure });
        const request = Buffer.from(upgradeRequest({ "Sec-WebSocket-Protocol": "bowline.1" }));
        await write(client, Buffer.concat([request, encodeWebSocketFrame(OPCODE.binary, openFrame(), MASK)]));
        await client.expect(/Sec-WebSocket-Protocol: bowline\.1\r\n\r\n/);
        await write(client, encodeWebSocketFrame(OPCODE.binary, ackFrame(0), MASK));
        await write(client, encodeWebSocketFrame(OPCODE.binary, messageFrame(1, "hello"), MASK));
        await client.expect("hello");
      });
    });
  }
}

test("a TLS handshake that arrives byte by byte", async () => {
  const proxy = createServer({ noDelay: true }, async (near) => {
    const far = await RawClient.connect(port);
    far.socket.pipe(near);
    near.on("error", () => {}).on("close", () => far.socket.destroy());
    for await (const chunk of near) await far.writeByteByByte(chunk as Buffer);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const socket = connectTls({
    port: (proxy.address() as AddressInfo).port,
    host: "127.0.0.1",
    rejectUnauthorized: false,
  });
  socket.write("hello\n");
  const [answer] = await new Promise<Buffer[]>((resolve, reject) => {
    socket.once("data", (...args: Buffer[]) => resolve(args)).once("error", reject);
  });
  assert.equal(String(answer), "hello\n");
  socket.destroy();
  proxy.close();
});

test("bytes that could still become something else are plain lines after a second", async () => {
  await using client = await RawClient.connect(port);
  client.write("GE");
  const begin = performance.now();
  await client.expect(/^GE$/);
  assert.ok(performance.now() - begin >= 900);
});

test("what has come when a client ends its sending is all there is", async () => {
  await using client = await RawClient.connect(port);
  client.write("BOW");
  client.socket.end();
  assert.equal(await client.ended(), "BOW");
});

test("nothing is ever sent on a silent connection, until it is dropped", async () => {
  await using patient = await serveEcho({ limits: { silentTimeoutMs: 300 } });
  await using client = await RawClient.connect(patient.address.port);
  assert.equal(await client.ended(), "");
  assert.equal(client.text, "");
});

test("without a certificate, TLS is closed and no plain line", async () => {
  await using plain = await serveEcho();
  await assert.rejects(RawClient.connect(plain.address.port, { tls: true }));
  assert.equal(plain.metrics().sessionsOpened, 0);
});

describe("a port of plain lines alone", () => {
  test("closes what looks like something else", async () => {
    await using lines = await serveEcho({ only: "lines" });
    for (const beginning of ["GET / HTTP/1.1\r\n", "BOWLINE/1\n", "BOWLINE/9\n", "\u0016\u0003\u0001"]) {
      await using client = await RawClient.connect(lines.address.port);
      client.write(beginning);
      assert.equal(await client.ended(), "");
    }
    await using client = await RawClient.connect(lines.address.port);
    client.write("hello\n");
    await client.expect("hello\n");
  });

  test("may greet who is silent, and then closes what looks like something else", async () => {
    const { serve } = await import("../../src/index.ts");
    await using lines = await serve({ port: 0, only: "lines", greetAfterMs: 50 }, async (session) => {
      await session.send("welcome");
      for await (const message of session) await session.send(`you said ${message.text()}`);
    });
    await using client = await RawClient.connect(lines.address.port);
    await client.expect(/^welcome\n/);
    await client.writeByteByByte("GET out\n");
    await client.expect(/^you said GET out\n/);
    await using browser = await RawClient.connect(lines.address.port);
    await browser.expect(/^welcome\n/);
    browser.write("GET / HTTP/1.1\r\n");
    assert.equal(await browser.ended(), "");
    await using leaver = await RawClient.connect(lines.address.port);
    await leaver.expect(/^welcome\n/);
    leaver.socket.end();
    assert.equal(await leaver.ended(), "");
  });

  test("a greeting is refused where a browser could hear it", async () => {
    await assert.rejects(serveEcho({ greetAfterMs: 50 }), TypeError);
  });
});

test("a port of TLS alone says so to everybody else", async () => {
  await using secure = await serveEcho({ tls, only: "tls" });
  const { port: securePort } = secure.address;
  await using lines = await RawClient.connect(securePort);
  lines.write("hello\n");
  assert.equal(await lines.ended(), "error: this port speaks TLS only\n");
  await using http = await RawClient.connect(securePort);
  http.write("GET / HTTP/1.1\r\n");
  assert.match(await http.ended(), /^HTTP\/1\.1 400 Bad Request\r\n.*this port speaks TLS only/s);
  await using frames = await RawClient.connect(securePort);
  frames.write(PREFACE);
  const frame = await frames.frame();
  assert.ok(frame.type === FrameType.close);
  await using inside = await RawClient.connect(securePort, { tls: true });
  inside.write("hello\n");
  await inside.expect("hello\n");
});
