import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../../../src/testing/index.ts";

test("a plain client is sent away when `authenticate` does not answer in time", async () => {
  const server = await testServer(
    async (session) => {
      for await (const message of session) await session.send(message.text());
    },
    { authenticate: () => new Promise(() => {}) },
  );
  const client = await server.connectPlain();
  client.send("hello");
  await server.advance(9_900);
  assert.deepEqual([client.isOpen, client.lines], [true, []]);
  await server.advance(200);
  assert.deepEqual(client.lines, ["error: the session could not be opened in time"]);
  assert.equal(client.isOpen, false);
  await server.close();
});

test("who was let in may stay", async () => {
  const server = await testServer(
    async (session) => {
      for await (const message of session) await session.send(message.text());
    },
    { authenticate: async () => ({ identity: "ann" }) },
  );
  const client = await server.connectPlain();
  client.send("hello");
  assert.equal(await client.line(), "hello");
  await server.advance(60_000);
  client.send("again");
  assert.equal(await client.line(), "again");
  await server.close();
});
