import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memory } from "../../../src/broker/memory.ts";
import type { ClientSession } from "../../../src/runtime/public-sessions.ts";
import { testServer } from "../../../src/testing/index.ts";

/** Everything that a client hears, in order. */
function hear(session: ClientSession): string[] {
  const heard: string[] = [];
  void (async () => {
    for await (const message of session) heard.push(message.text());
  })().catch(() => {});
  return heard;
}

describe("a durable session", () => {
  test("goes on after its server was killed, with everything said once", async () => {
    const server = await testServer(
      async (session) => {
        await session.send(`hello for the ${session.restarted + 1}. time`);
        for await (const message of session) {
          session.state = `${session.state ?? ""}${message.text()}`;
          await session.send(`${session.state}`);
        }
      },
      { durable: true },
    );
    const ann = await server.connect();
    const heard = hear(ann);
    await ann.send("a");
    await server.advance(100);
    server.kill();
    await ann.send("b");
    await server.advance(1_000);
    server.restart();
    await server.advance(60_000);
    assert.deepEqual(heard, ["hello for the 1. time", "a", "ab"]);
  });

  test("delivers what was said last, although the server is killed meanwhile", async () => {
    const server = await testServer(
      async (session) => {
        await session.receive();
        await session.send("good");
        await session.send("bye");
      },
      { durable: true },
    );
    const ann = await server.connect();
    const heard = hear(ann);
    await ann.send("one");
    await server.advance(2);
    server.kill();
    await server.advance(100);
    server.restart();
    await server.advance(60_000);
    assert.deepEqual(heard, ["good", "bye"]);
    const info = await ann.closed;
    assert.deepEqual([info.code, info.confirmed, info.fromServer.undelivered], [1000, true, undefined]);
  });

  test("a store that fails for a while only delays", async () => {
    const broker = memory({ outlivesServer: true });
    const server = await testServer(
      async (session) => {
        for await (const message of session) await session.send(message.text());
      },
      { durable: true, broker },
    );
    const ann = await server.connect();
    await server.advance(100);
    const { sessions } = broker;
    const put = sessions.put.bind(sessions);
    sessions.put = () => Promise.reject(new Error("disk full"));
    await ann.send("one");
    await server.advance(2_000);
    assert.equal(server.run.server.get(ann.id)?.acknowledged, 0);
    sessions.put = put;
    await server.advance(2_000);
    assert.equal((await ann.receive())?.text(), "one");
    assert.ok(server.diagnostics.some(({ name }) => name === "store-error"));
  });
});
