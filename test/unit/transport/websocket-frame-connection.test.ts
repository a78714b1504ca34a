import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ByteWriter } from "../../../src/protocol/bytes.ts";
import { writeAck } from "../../../src/protocol/frames/ack.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { writePing } from "../../../src/protocol/frames/ping.ts";
import { encodeWebSocketFrame } from "../../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../../src/protocol/websocket/opcode.ts";
import { WebSocketCodec, type WebSocketUnit } from "../../../src/protocol/websocket/websocket-codec.ts";
import { WebSocketFrameConnection } from "../../../src/transport/websocket-frame-connection.ts";
import { framesIn } from "../../frames.ts";
import { FrameRecorder, turn, until } from "../../recorders.ts";
import { socketPair, transportEnvironment } from "../../socket-fixture.ts";

const MASK = 0x01020304;

/** A connection, and what its peer receives. `role` is the connection's. */
async function setUp(t: TestContext, role: "server" | "client" = "server") {
  const { server, client } = await socketPair();
  t.after(() => {
    server.destroy();
    client.destroy();
  });
  const connection = new WebSocketFrameConnection(server, transportEnvironment(), role);
  const recorder = new FrameRecorder();
  connection.receiver = recorder;
  connection.start();
  const codec = new WebSocketCodec({ role: role === "server" ? "client" : "server", maxMessageBytes: 1 << 20 });
  const heard: WebSocketUnit[] = [];
  client.on("data", (chunk: Buffer) => {
    codec.push(Uint8Array.from(chunk));
    for (let unit = codec.next(); unit !== undefined; unit = codec.next()) heard.push(unit);
  });
  client.resume();
  return { connection, client, recorder, heard };
}

function ping(): Uint8Array {
  const writer = new ByteWriter();
  writePing(writer, Uint8Array.of(1, 2, 3));
  return writer.take();
}

for (const role of ["server", "client"] as const) {
  test(`what a ${role} writes in a turn is one binary message of whole frames`, async (t) => {
    const { connection, recorder, heard } = await setUp(t, role);
    recorder.write = (outlet) => writeAck(outlet.writer, 0, 7);
    connection.writer.bytes(ping());
    connection.flush();
    connection.writer.bytes(ping());
    connection.flush();
    connection.flush();
    await until(() => heard.length > 0, "the message");
    await turn();
    assert.equal(heard.length, 1);
    const [unit] = heard;
    assert.ok(unit?.kind === "binary");
    assert.deepEqual(
      framesIn(unit.data).map(({ type }) => type),
      [FrameType.ping, FrameType.ping, FrameType.ack],
    );
  });
}

test("control frames come between messages, and shared ones are sent as they are", async (t) => {
  const { connection, client, heard } = await setUp(t);
  connection.writer.bytes(ping());
  connection.flush();
  connection.share(encodeWebSocketFrame(OPCODE.binary, ping()));
  connection.writer.bytes(ping());
  connection.flush();
  client.write(encodeWebSocketFrame(OPCODE.ping, "x", MASK));
  await until(() => heard.length >= 4, "all messages");
  assert.deepEqual(heard.map(({ kind }) => kind).sort(), ["binary", "binary", "binary", "pong"]);
});

test("the close frame has the code of the CLOSE before it", async (t) => {
  const { connection, heard } = await setUp(t);
  connection.writer.bytes(ping());
  connection.flush();
  connection.end(4012);
  await until(() => heard.length >= 2, "the close");
  assert.deepEqual(heard[1], { kind: "close", code: 4012, reason: "" });
});

test("frames in a text message, and half a frame at a message's end, break the rules", async (t) => {
  const cases = [
    { opcode: OPCODE.text, data: ping(), error: /frames came in a text message/ },
    { opcode: OPCODE.binary, data: ping().subarray(0, 3), error: /Input ends in the middle of a frame/ },
  ] as const;
  for (const { opcode, data, error } of cases) {
    const { connection, client, recorder, heard } = await setUp(t);
    client.write(encodeWebSocketFrame(opcode, data, MASK));
    await until(() => recorder.events.length > 0, "the error");
    assert.match(recorder.events[0] ?? "", error);
    connection.end();
    await until(() => heard.length > 0, "the close");
    assert.deepEqual(heard, [{ kind: "close", code: 1002, reason: "" }]);
  }
});
