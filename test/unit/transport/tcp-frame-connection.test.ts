import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { ByteWriter } from "../../../src/protocol/bytes.ts";
import { writeAck } from "../../../src/protocol/frames/ack.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { writePing } from "../../../src/protocol/frames/ping.ts";
import type { Limits } from "../../../src/session/limits.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { TcpFrameConnection } from "../../../src/transport/tcp-frame-connection.ts";
import { framesIn } from "../../frames.ts";
import { FrameRecorder, turn, until } from "../../recorders.ts";
import { socketPair, transportEnvironment } from "../../socket-fixture.ts";

async function setUp(t: TestContext, limits: Partial<Limits> = {}) {
  const { server, client } = await socketPair();
  t.after(() => {
    server.destroy();
    client.destroy();
  });
  const clock = new VirtualClock();
  const env = transportEnvironment(limits, clock);
  const connection = new TcpFrameConnection(server, env, "server");
  const recorder = new FrameRecorder();
  connection.receiver = recorder;
  connection.start();
  return { connection, client, clock, env, recorder };
}

function ping(...data: number[]): Uint8Array {
  const writer = new ByteWriter();
  writePing(writer, Uint8Array.from(data));
  return writer.take();
}

test("what rides along is asked for once, at the last moment, and leaves with the rest", async (t) => {
  const { connection, client, recorder } = await setUp(t);
  const chunks: Uint8Array[] = [];
  client.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
  recorder.write = (outlet) => writeAck(outlet.writer, 0, 7);
  writePing(connection.writer, new Uint8Array(0));
  connection.flush();
  connection.flush();
  await until(() => chunks.length > 0, "the write");
  await turn();
  assert.equal(chunks.length, 1);
  assert.deepEqual(
    framesIn(chunks[0] as Uint8Array).map(({ type }) => type),
    [FrameType.ping, FrameType.ack],
  );
});

test("a session that has nothing to add is not asked, until it has", async (t) => {
  const { connection, client, recorder } = await setUp(t);
  const chunks: Uint8Array[] = [];
  client.on("data", (chunk: Buffer) => chunks.push(chunk)).resume();
  recorder.write = (outlet) => writeAck(outlet.writer, 0, 7);
  connection.hasRider = false;
  connection.share(ping(1));
  await until(() => chunks.length === 1, "what is shared");
  assert.deepEqual(
    framesIn(chunks[0] as Uint8Array).map(({ type }) => type),
    [FrameType.ping],
  );
  connection.hasRider = true;
  connection.share(ping(2));
  await until(() => chunks.length === 2, "what is shared, and the rider");
  assert.deepEqual(
    framesIn(chunks[1] as Uint8Array).map(({ type }) => type),
    [FrameType.ping, FrameType.ack],
  );
});

test("only who has seen a backlog is told that it has left", async (t) => {
  const { connection, client, recorder } = await setUp(t);
  client.resume();
  connection.writer.bytes(ping());
  connection.flush();
  await until(() => client.bytesRead > 0, "the write");
  await turn();
  assert.deepEqual(recorder.events, []);
  connection.writer.bytes(ping());
  connection.flush();
  assert.ok(connection.backlogBytes > 0);
  await until(() => recorder.events.length > 0, "the drain");
  assert.deepEqual(recorder.events, ["drained"]);
  assert.equal(connection.backlogBytes, 0);
});

test("frames are read however many wait; a framed connection is never paused", async (t) => {
  const { client, recorder, env } = await setUp(t);
  const many = Buffer.concat(Array.from({ length: 20_000 }, () => ping(1, 2, 3)));
  client.write(many);
  await until(() => recorder.frames.length === 20_000, "every frame");
  assert.equal(env.traffic.bytesIn, many.length);
});

test("half a connection carries no session", async (t) => {
  const { client, recorder } = await setUp(t);
  let hasEnded = false;
  client.on("end", () => {
    hasEnded = true;
  });
  client.resume();
  client.end(ping().subarray(0, 1));
  await until(() => recorder.events.length > 0 && hasEnded, "the end");
  assert.deepEqual(recorder.events, ["lost"]);
});

test("after a broken rule nothing more is read, and the session has the last word", async (t) => {
  const { connection, client, recorder } = await setUp(t);
  let answer = Buffer.alloc(0);
  client.on("data", (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
  });
  client.resume();
  client.write(Buffer.concat([Uint8Array.of(0), ping()]));
  await until(() => recorder.events.length > 0, "the error");
  client.write(ping());
  connection.writer.bytes(ping(9));
  connection.end();
  await until(() => answer.length > 0, "the last word");
  client.end();
  await until(() => recorder.events.length > 1, "the end");
  assert.deepEqual(recorder.events, ["error protocol-error: Frame without a type", "lost"]);
  assert.deepEqual(recorder.frames, []);
});

test("a peer that asks and does not read is cut off, at a size that no window reaches", async (t) => {
  const { connection, recorder } = await setUp(t, { sessionWindowBytes: 100_000, maxMessageBytes: 100_000 });
  const answers = Buffer.alloc(50_000);
  let written = 0;
  while (recorder.events.includes("lost") === false) {
    connection.writer.bytes(answers);
    connection.flush();
    written += answers.length;
    await turn();
    assert.ok(written < 100_000_000, "it should have been cut off by now");
  }
});

test("a peer that does not end too is cut off after closeTimeoutMs", async (t) => {
  const { connection, client, clock, recorder } = await setUp(t, { closeTimeoutMs: 50 });
  client.resume();
  connection.end();
  await clock.advance(49);
  assert.deepEqual(recorder.events, []);
  await clock.advance(1);
  await until(() => recorder.events.length > 0, "the end");
  assert.deepEqual(recorder.events, ["lost"]);
});
