import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { encodeWebSocketClose } from "../../../src/protocol/websocket/close-frame.ts";
import { encodeWebSocketFrame } from "../../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../../src/protocol/websocket/opcode.ts";
import { WebSocketCodec } from "../../../src/protocol/websocket/websocket-codec.ts";
import type { Limits } from "../../../src/session/limits.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { WebSocketPlainConnection } from "../../../src/transport/websocket-plain-connection.ts";
import { PlainRecorder, turn, until } from "../../recorders.ts";
import { socketPair, transportEnvironment } from "../../socket-fixture.ts";

const MASK = 0x01020304;

/** A bare WebSocket on the server, and what its client hears, one word for each unit. */
async function setUp(t: TestContext, limits: Partial<Limits> = {}) {
  const { server, client } = await socketPair();
  t.after(() => {
    server.destroy();
    client.destroy();
  });
  const clock = new VirtualClock();
  const env = transportEnvironment(limits, clock);
  const connection = new WebSocketPlainConnection(server, env, "server");
  const recorder = new PlainRecorder();
  connection.receiver = recorder;
  connection.start();
  const codec = new WebSocketCodec({ role: "client", maxMessageBytes: 1 << 20 });
  const heard: string[] = [];
  client.on("data", (chunk: Buffer) => {
    codec.push(Uint8Array.from(chunk));
    for (let unit = codec.next(); unit !== undefined; unit = codec.next()) {
      const rest = unit.kind === "close" ? `${unit.code} ${unit.reason}` : Buffer.from(unit.data).toString();
      heard.push(`${unit.kind} ${rest}`.trim());
    }
  });
  client.on("end", () => heard.push("end"));
  client.resume();
  return {
    connection,
    client,
    clock,
    env,
    recorder,
    events: recorder.events,
    heard,
    hears: async (...expected: string[]) => {
      await until(() => heard.length >= expected.length, expected.join());
      assert.deepEqual(heard, expected);
    },
    happens: async (...expected: string[]) => {
      await until(() => recorder.events.length >= expected.length, expected.join());
      assert.deepEqual(recorder.events, expected);
    },
    say: (opcode: (typeof OPCODE)["text" | "binary" | "ping" | "pong"], text: string) =>
      client.write(encodeWebSocketFrame(opcode, text, MASK)),
    sayClose: (code: number, reason: string) => client.write(encodeWebSocketClose(code, reason, MASK)),
  };
}

test("messages are text or bytes, both ways", async (t) => {
  const { connection, say, hears, happens } = await setUp(t);
  say(OPCODE.text, "hello");
  say(OPCODE.binary, "bytes");
  await happens("text hello", "bytes bytes");
  connection.sendMessage("answer");
  connection.sendMessage(Buffer.from("raw"));
  await hears("text answer", "binary raw");
});

test("a ping is answered with its own data", async (t) => {
  const { say, hears } = await setUp(t);
  say(OPCODE.ping, "are you there");
  await hears("pong are you there");
});

test("pings of a peer that reads nothing are not all answered", async (t) => {
  const { client, connection, env } = await setUp(t);
  client.pause();
  const pings = Buffer.concat(
    Array.from({ length: 10_000 }, () => encodeWebSocketFrame(OPCODE.ping, "x".repeat(125), MASK)),
  );
  for (let round = 1; round <= 10; round += 1) {
    client.write(pings);
    await until(() => env.traffic.bytesIn >= round * pings.length, "all pings");
  }
  assert.ok(connection.backlogBytes < 200_000, `${connection.backlogBytes} bytes wait`);
});

test("the client's close is answered with its code, and told with its reason", async (t) => {
  const { sayClose, hears, happens, client } = await setUp(t);
  sayClose(4321, "bye");
  await happens("lost cleanly 4321 bye");
  await hears("close 4321", "end");
  client.end();
});

test("a close without a code is answered without one: 1005 is never sent", async (t) => {
  const { client, hears, happens } = await setUp(t);
  client.write(encodeWebSocketFrame(OPCODE.close, "", MASK));
  await happens("lost cleanly 1000");
  await hears("close 1005", "end");
});

test("the server's close waits for the client's, and what comes in between is thrown away", async (t) => {
  const { connection, say, sayClose, hears, happens, heard } = await setUp(t);
  connection.sendMessage("last");
  connection.close(4000, "replaced");
  connection.sendMessage("too late");
  await hears("text last", "close 4000 replaced");
  say(OPCODE.text, "not heard any more");
  sayClose(4000, "");
  await happens("lost cleanly 4000");
  await until(() => heard.includes("end"), "the end");
});

test("a close reaches a client that was not read", async (t) => {
  const { connection, recorder, say, sayClose, hears, happens } = await setUp(t);
  recorder.goesOn = false;
  say(OPCODE.text, "one");
  say(OPCODE.text, "two");
  await happens("text one");
  connection.close(4012, "kicked");
  await hears("close 4012 kicked");
  sayClose(4012, "");
  await happens("text one", "lost cleanly 4012");
});

test("a client that does not answer a close is cut off after closeTimeoutMs", async (t) => {
  const { connection, clock, hears, happens, events } = await setUp(t, { closeTimeoutMs: 70 });
  connection.close(1000, "");
  await hears("close 1000");
  await clock.advance(69);
  assert.deepEqual(events, []);
  await clock.advance(1);
  await happens("lost broken 4004 the connection was lost");
});

test("each broken rule has its own code", async (t) => {
  const cases = [
    { bytes: Uint8Array.of(0x81, 0x01, 0x41), code: 1002 },
    { bytes: encodeWebSocketFrame(OPCODE.text, Uint8Array.of(0xff), MASK), code: 1007 },
    { bytes: encodeWebSocketFrame(OPCODE.binary, new Uint8Array(101), MASK), code: 1009 },
  ];
  for (const { bytes, code } of cases) {
    const { connection, client, hears, events } = await setUp(t, { maxMessageBytes: 100 });
    client.write(bytes);
    await until(() => events.length > 0, "the error");
    assert.match(events[0] ?? "", /^error /);
    connection.close(1002, "");
    await hears(`close ${code}`, "end");
  }
});

test("a silent client is pinged after a heartbeat and dropped with 4008 after a second one", async (t) => {
  const { clock, hears, happens } = await setUp(t, { heartbeatMs: 1_000 });
  await clock.advance(999);
  await turn();
  await hears();
  await clock.advance(1);
  await hears("ping");
  await clock.advance(1_000);
  await hears("ping", "close 4008");
  await happens("lost broken 4008 nothing was heard for two heartbeats");
});

test("a client that answers stays, and one that only sends hears something too", async (t) => {
  const { clock, env, say, hears, events } = await setUp(t, { heartbeatMs: 1_000 });
  await clock.advance(1_000);
  await hears("ping");
  let bytes = env.traffic.bytesIn;
  say(OPCODE.pong, "");
  await until(() => env.traffic.bytesIn > bytes, "the pong");
  await clock.advance(600);
  bytes = env.traffic.bytesIn;
  say(OPCODE.text, "upload");
  await until(() => env.traffic.bytesIn > bytes, "the message");
  await clock.advance(400);
  await hears("ping", "ping");
  assert.deepEqual(events, ["text upload"]);
});

test("the silence of a client that is not read is not held against it", async (t) => {
  const { clock, connection, recorder, say, happens, events } = await setUp(t, { heartbeatMs: 1_000 });
  recorder.goesOn = false;
  say(OPCODE.text, "one");
  await happens("text one");
  await clock.advance(10_000);
  assert.deepEqual(events, ["text one"]);
  recorder.goesOn = true;
  connection.resume();
  say(OPCODE.text, "two");
  await happens("text one", "text two");
});

test("a line that ends without a close frame is broken", async (t) => {
  const { client, happens } = await setUp(t);
  client.end();
  await happens("lost broken 4004 the connection was lost");
});
