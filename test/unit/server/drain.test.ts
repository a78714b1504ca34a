import assert from "node:assert/strict";
import { test } from "node:test";
import { type TestServer, testServer } from "../../../src/testing/index.ts";
import { ScriptedClient } from "../../scripted-client.ts";

/** Stops the server in order and starts another one; the client that was sent away comes back. */
async function restartInOrder(server: TestServer, drainTimeoutMs = 1_000): Promise<void> {
  const stopped = server.stop(drainTimeoutMs);
  await server.advance(drainTimeoutMs + 100);
  await stopped;
  server.restart();
  await server.advance(20_000);
}

for (const [how, limits] of [
  ["whatever was said back", {}],
  ["however much less its client may send", { messagesPerSecond: 1 }],
] as const) {
  test(`what was processed is acknowledged before a client is sent away, ${how}`, async () => {
    const taken: string[] = [];
    const server = await testServer(
      async (session) => {
        for await (const message of session) taken.push(message.text());
      },
      { limits: { ...limits, ackDelayMs: 5_000 } },
    );
    const ann = await server.connect();
    await server.advance(100);
    for (const text of ["one", "two", "three", "four"]) await ann.send(text);
    await server.advance(100);
    assert.equal(taken.length, 4);
    await restartInOrder(server);
    assert.equal(ann.origin, "revived");
    await ann.send("five");
    await server.advance(1_000);
    assert.deepEqual(taken, ["one", "two", "three", "four", "five"]);
    await server.close();
  });
}

test("nobody is waited for who is away, since nobody can come back", async () => {
  const server = await testServer(async (session) => {
    await session.send("what nobody acknowledges");
    for await (const _ of session);
  });
  const ann = await server.connect();
  await server.advance(100);
  ann.goOffline();
  await server.advance(100);
  const begunAt = server.now;
  let tookMs = Number.POSITIVE_INFINITY;
  void server.run.server.drain(25_000).then(() => {
    tookMs = server.now - begunAt;
  });
  await server.advance(25_000);
  assert.ok(tookMs < 1_000, `it took ${tookMs} ms`);
  await server.close();
});

test("a message that takes its time is handled once: only its own client waits to be sent away", async () => {
  const begun: string[] = [];
  const server: TestServer = await testServer(async (session) => {
    for await (const message of session) {
      begun.push(message.text());
      if (message.text() === "slow") await server.clock.sleep(12_000);
      await session.send(`done with ${message.text()}`);
    }
  });
  const [ann, bob] = [await server.connect(), await server.connect()];
  await ann.send("slow");
  await server.advance(10);
  await bob.send("quick");
  await server.advance(100);
  const stopped = server.stop(25_000);
  await server.advance(6_000);
  assert.deepEqual([ann.status, bob.status], ["open", "detached"]);
  await server.advance(7_000);
  assert.equal((await ann.receive())?.text(), "done with slow");
  assert.equal(ann.status, "detached");
  await stopped;
  server.restart();
  await server.advance(20_000);
  await ann.send("next");
  await server.advance(1_000);
  assert.deepEqual(begun, ["slow", "quick", "next"]);
  await server.close();
});

test("a handler that comes to no end is told in time to heed its signal", async () => {
  let abortedAt = 0;
  const server: TestServer = await testServer(async (session) => {
    await session.receive();
    session.signal.addEventListener("abort", () => {
      abortedAt = server.now;
    });
    await new Promise(() => {});
  });
  const ann = await server.connect();
  await ann.send("go on for ever");
  await server.advance(100);
  const begunAt = server.now;
  const stopped = server.stop(25_000);
  await server.advance(26_000);
  await stopped;
  assert.ok(Math.abs(abortedAt - begunAt - 20_000) < 100, `${abortedAt - begunAt} ms`);
  await server.close();
});

test("a handler gets the reply that it waits for, and no further message, which the next server handles", async () => {
  const begun: string[] = [];
  const server: TestServer = await testServer(async (session) => {
    for await (const message of session) {
      begun.push(`${message.text()} on ${server.run.boot}`);
      if (message.text() === "ask") begun.push((await session.request("and?")).text());
    }
  });
  const ann = await server.connect();
  await ann.send("ask");
  await server.advance(100);
  const question = await ann.receive();
  const restarted = restartInOrder(server);
  await ann.send("behind");
  await server.advance(50);
  await question?.reply("so");
  await restarted;
  assert.deepEqual(begun, ["ask on boot-1", "so", "behind on boot-2"]);
  await server.close();
});

test("nobody begins who was answered before the server went away, and takes it up afterwards", async () => {
  let started = 0;
  let admit = (): void => {};
  const server = await testServer(
    async (session) => {
      started += 1;
      for await (const _ of session);
    },
    {
      authenticate: ({ credential }) =>
        new Promise((resolve) => {
          admit = () => resolve({ identity: credential });
        }),
    },
  );
  const answered = await ScriptedClient.dial(server);
  await answered.open();
  admit();
  await server.advance(10);
  assert.equal(answered.opened.origin, "new");
  const plain = await server.connectPlain();
  plain.send("hello");
  await server.advance(10);
  void server.run.server.drain(1_000);
  await answered.ack(0);
  admit();
  assert.equal(await plain.line(), "error: the server is going away");
  assert.equal(answered.closed[0], 1001);
  assert.equal(started, 0);
  await server.close();
});
