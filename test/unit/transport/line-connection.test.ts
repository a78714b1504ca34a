import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Limits } from "../../../src/session/limits.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { LineConnection } from "../../../src/transport/line-connection.ts";
import { PlainRecorder, turn, until } from "../../recorders.ts";
import { socketPair, transportEnvironment } from "../../socket-fixture.ts";

/** A connection of plain lines on the server, what it tells, and the socket of its client. */
async function setUp(t: TestContext, limits: Partial<Limits> = {}) {
  const { server, client } = await socketPair();
  t.after(() => {
    server.destroy();
    client.destroy();
  });
  const clock = new VirtualClock();
  const env = transportEnvironment(limits, clock);
  const connection = new LineConnection(server, env, "server");
  const recorder = new PlainRecorder();
  connection.receiver = recorder;
  connection.start();
  let answer = "";
  let hasEnded = false;
  client.setEncoding("utf8").on("data", (text: string) => {
    answer += text;
  });
  client.on("end", () => {
    hasEnded = true;
  });
  client.resume();
  return {
    connection,
    client,
    clock,
    events: recorder.events,
    recorder,
    arrived: (bytes: number) => until(() => env.traffic.bytesIn >= bytes, `byte ${bytes}`),
    heard: (count: number) => until(() => recorder.events.length >= count, `event ${count}`),
    answered: async (expected: string) => {
      await until(() => answer.length >= expected.length, JSON.stringify(expected));
      assert.equal(answer, expected);
    },
    ended: () => until(() => hasEnded, "the end"),
  };
}

test("answers end as the client's last message did, and with a line feed before there was one", async (t) => {
  const { connection, client, heard, answered, clock, events } = await setUp(t);
  assert.equal(connection.lineEnding, "\n");
  connection.sendMessage("welcome");
  await answered("welcome\n");
  client.write("one\r\n");
  await heard(1);
  assert.equal(connection.lineEnding, "\r\n");
  connection.sendMessage("ONE");
  await answered("welcome\nONE\r\n");
  client.write("two\n");
  await heard(2);
  connection.sendMessage("TWO");
  await answered("welcome\nONE\r\nTWO\n");
  await clock.advance(1_000);
  assert.deepEqual(events, ["text one", "text two"]);
});

test("what came without a newline is a message after 20 ms of silence, and is answered without one", async (t) => {
  const { connection, client, arrived, heard, answered, clock, events } = await setUp(t);
  client.write("hel");
  await arrived(3);
  await clock.advance(19);
  client.write("lo");
  await arrived(5);
  await clock.advance(19);
  assert.deepEqual(events, []);
  await clock.advance(1);
  await heard(1);
  assert.deepEqual(events, ["text hello"]);
  connection.sendMessage("Oi you sent something to me");
  await answered("Oi you sent something to me");
});

test("what is shown is one line of harmless text; bytes are shown by their number", async (t) => {
  const { connection, answered } = await setUp(t);
  connection.sendMessage("red \u001b[31m\nmallory: hi");
  connection.sendMessage(new Uint8Array(42));
  await answered("red [31m mallory: hi\n[42 bytes]\n");
});

test("a client that has ended its sending is still answered", async (t) => {
  const { connection, client, heard, answered, ended, events } = await setUp(t);
  client.end("last words");
  await heard(2);
  assert.deepEqual(events, ["text last words", "read end"]);
  connection.sendMessage("heard");
  connection.close(1000, "");
  await answered("heard");
  await ended();
  await heard(3);
  assert.equal(events[2], "lost cleanly 1000");
});

test("messages that wait behind a pause come before the end of the input", async (t) => {
  const { connection, client, recorder, heard, events } = await setUp(t);
  recorder.goesOn = false;
  client.end("one\ntwo\nthree");
  await heard(1);
  for (let index = 0; index < 10; index += 1) await turn();
  assert.deepEqual(events, ["text one"]);
  connection.resume();
  await heard(2);
  recorder.goesOn = true;
  connection.resume();
  await heard(4);
  assert.deepEqual(events, ["text one", "text two", "text three", "read end"]);
});

test("a line that is too long is refused in one sentence, and nothing after it is read", async (t) => {
  const { connection, client, heard, answered, ended, events } = await setUp(t, { maxLineBytes: 10 });
  client.write("12345678901\nmore\n");
  await heard(1);
  assert.deepEqual(events, ["error message-too-big: line longer than 10 bytes"]);
  connection.close(1009, "line longer than 10 bytes");
  await answered("error: line longer than 10 bytes\n");
  await ended();
  assert.equal(events.length, 1);
});

test("a close without a reason is named", async (t) => {
  const { connection, answered } = await setUp(t);
  connection.close(1011, "");
  connection.close(1013, "again");
  await answered("error: handler-error\n");
});

test("a peer that does not end too is cut off after closeTimeoutMs", async (t) => {
  const { connection, ended, clock, events, heard } = await setUp(t, { closeTimeoutMs: 100 });
  connection.close(1000, "");
  await ended();
  await clock.advance(99);
  assert.deepEqual(events, []);
  await clock.advance(1);
  await heard(1);
  assert.equal(events.length, 1);
});

test("a connection that breaks ends with a code that says so", async (t) => {
  const { client, heard, events } = await setUp(t);
  client.resetAndDestroy();
  await heard(1);
  assert.deepEqual(events, ["lost broken 4004 the connection was lost"]);
});

test("everything that is sent in one turn leaves in one write", async (t) => {
  const { connection, client, answered } = await setUp(t);
  let chunks = 0;
  client.on("data", () => {
    chunks += 1;
  });
  for (let index = 0; index < 100; index += 1) {
    connection.sendMessage(`${index}`);
    await Promise.resolve();
  }
  await answered(Array.from({ length: 100 }, (_, index) => `${index}\n`).join(""));
  assert.equal(chunks, 1);
});
