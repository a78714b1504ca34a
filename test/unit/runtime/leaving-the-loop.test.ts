import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../../../src/testing/index.ts";

test("an error in the loop's body is the handler's: the message was not processed, and comes back undelivered", async () => {
  const server = await testServer(async (session) => {
    for await (const _ of session) throw new Error("in the loop");
  });
  const ann = await server.connect();
  await ann.send("first");
  await server.advance(1_000);
  const info = await ann.closed;
  assert.equal(info.name, "handler-error");
  assert.equal(info.by, "server");
  assert.deepEqual(info.fromClient, { sent: 1, received: 0, undelivered: { from: 1, to: 1 } });
  await server.close();
});

test("break ends the reading: the message is done, and the session closes normally when the handler returns", async () => {
  const server = await testServer(async (session) => {
    for await (const _ of session) break;
    await session.send("goodbye");
  });
  const ann = await server.connect();
  await ann.send("first");
  await server.advance(1_000);
  assert.equal((await ann.receive())?.text(), "goodbye");
  const rest = ann.receive();
  await server.advance(1_000);
  assert.equal(await rest, undefined);
  const info = await ann.closed;
  assert.equal(info.name, "normal");
  assert.deepEqual(info.fromClient, { sent: 1, received: 1, undelivered: undefined });
  await server.close();
});

test("after break, the handler may go on reading", async () => {
  const server = await testServer(async (session) => {
    for await (const _ of session) break;
    for await (const message of session) await session.send(`second loop: ${message.text()}`);
  });
  const ann = await server.connect();
  await ann.send("first");
  await ann.send("second");
  await server.advance(1_000);
  assert.equal((await ann.receive())?.text(), "second loop: second");
  await server.close();
});

test("a status listener that throws on the server ends its own session, and nobody else notices", async () => {
  const server = await testServer(async (session) => {
    session.onstatuschange = () => {
      throw new Error("in the listener");
    };
    for await (const message of session) await session.send(message.text());
  });
  const ann = await server.connect();
  await server.advance(100);
  ann.cut();
  await server.advance(60_000);
  assert.equal((await ann.closed).name, "handler-error");
  const bob = await server.connect();
  await bob.send("still here?");
  await server.advance(1_000);
  assert.equal((await bob.receive())?.text(), "still here?");
  await server.close();
});
