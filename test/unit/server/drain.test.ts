import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../../../src/testing/index.ts";

/** Stops the server in order and starts another one; the client that was sent away comes back. */
async function restartInOrder(server: Awaited<ReturnType<typeof testServer>>): Promise<void> {
  const drained = server.run.server.drain(1_000);
  await server.advance(1_000);
  await drained;
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
