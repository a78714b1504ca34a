import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { Arrival, type ArrivalHost, type Greeted, type Speech } from "../../../src/server/arrival.ts";
import type { Limits } from "../../../src/session/limits.ts";
import { VirtualClock } from "../../../src/testing/virtual-clock.ts";
import { until } from "../../recorders.ts";
import { socketPair, transportEnvironment } from "../../socket-fixture.ts";

const caller = { address: "192.0.2.1", isSecure: false, isRefused: false };

/** A connection that has just arrived, in virtual time, and what its host was told. */
async function setUp(t: TestContext, limits: Partial<Limits> = {}, silentMs = 60_000) {
  const { server, client } = await socketPair();
  t.after(() => {
    server.destroy();
    client.destroy();
  });
  client.on("error", () => {}).resume();
  const clock = new VirtualClock();
  const events: string[] = [];
  const greeted: Greeted = {
    start: (bytes) => void events.push(`start ${Buffer.from(bytes)}`),
    onData: () => {},
    onEnd: () => {},
    onDrain: () => void events.push("drain"),
    onError: () => {},
    onClose: () => void events.push("greeted close"),
  };
  const host: ArrivalHost = {
    onGreet() {
      events.push("greet");
      return greeted;
    },
    onFirstByte: () => void events.push("first byte"),
    onDecided: (_arrival: Arrival, speech: Speech, bytes: Uint8Array) =>
      void events.push(`${speech} ${Buffer.from(bytes)}`),
    onGone: () => void events.push("gone"),
  };
  const arrival = new Arrival(server, caller, transportEnvironment(limits, clock), host, silentMs);
  server.resume();
  const happens = async (...expected: string[]): Promise<void> => {
    await until(() => events.length >= expected.length, expected.join());
    assert.deepEqual(events, expected);
  };
  return { arrival, server, client, clock, events, happens };
}

test("a silent connection is dropped when its time is over, and not before", async (t) => {
  const { clock, events, happens, client } = await setUp(t);
  await clock.advance(59_999);
  assert.deepEqual(events, []);
  await clock.advance(1);
  await happens("gone");
  assert.equal(client.bytesRead, 0);
});

test("it may be allowed more time", async (t) => {
  const { arrival, clock, events, happens } = await setUp(t);
  arrival.beSilentUntil(100_000);
  await clock.advance(99_999);
  assert.deepEqual(events, []);
  await clock.advance(1);
  await happens("gone");
});

test("ambiguous bytes are plain lines after a second, counted from the first", async (t) => {
  const { clock, client, happens, events, server } = await setUp(t);
  client.write("PO");
  await happens("first byte");
  await clock.advance(900);
  client.write("ST");
  await until(() => server.bytesRead === 4, "the rest");
  await clock.advance(99);
  assert.deepEqual(events, ["first byte"]);
  await clock.advance(1);
  await happens("first byte", "lines POST");
});

test("what was decided must open in time, unless it has", async (t) => {
  for (const opens of [false, true]) {
    const { arrival, server, clock, client, happens } = await setUp(t, { openTimeoutMs: 5_000 });
    await clock.advance(1_000);
    client.write("GET / HTTP/1.1\r\n");
    await happens("first byte", "http GET / HTTP/1.1\r\n");
    assert.equal(arrival.openBy, 6_000);
    arrival.mustOpen();
    await clock.advance(4_999);
    assert.equal(server.destroyed, false);
    if (opens) arrival.hasOpened();
    await clock.advance(1);
    assert.equal(server.destroyed, !opens);
  }
});

test("who ends before a byte is let go; who ends in the middle has said all it will", async (t) => {
  const silent = await setUp(t);
  silent.client.end();
  await silent.happens("gone");
  const cut = await setUp(t);
  cut.client.end("BOWL");
  await cut.happens("first byte", "lines BOWL");
});

for (const preface of ["BOWLINE/", "BOWLINE/1"]) {
  test(`a connection cut inside its preface, at ${preface}, said nothing`, async (t) => {
    const cut = await setUp(t);
    cut.client.end(preface);
    await cut.happens("first byte", "gone");
    const stuck = await setUp(t);
    stuck.client.write(preface);
    await stuck.happens("first byte");
    await stuck.clock.advance(1_000);
    await stuck.happens("first byte", "gone");
    assert.equal(stuck.client.bytesRead, 0);
  });
}

test("who is greeted has no time limit any more, and its first bytes are still judged", async (t) => {
  const { arrival, server, client, clock, happens } = await setUp(t);
  arrival.greetAt(500);
  await clock.advance(500);
  await happens("greet");
  await clock.advance(10_000_000);
  assert.equal(server.destroyed, false);
  assert.notEqual(arrival.greeted, undefined);
  client.write("BOWLINE/1\n");
  await happens("greet", "first byte", "bowline ");
});

test("who is greeted and ends is read, and one that breaks is told of", async (t) => {
  const ending = await setUp(t);
  ending.arrival.greetAt(500);
  await ending.clock.advance(500);
  ending.client.end();
  await ending.happens("greet", "start ");
  const breaking = await setUp(t);
  breaking.arrival.greetAt(500);
  await breaking.clock.advance(500);
  breaking.client.resetAndDestroy();
  await breaking.happens("greet", "gone", "greeted close");
});
