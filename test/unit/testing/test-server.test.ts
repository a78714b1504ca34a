import assert from "node:assert/strict";
import { test } from "node:test";
import { testServer } from "../../../src/testing/index.ts";

test("a handler and a client talk, in virtual time", async () => {
  const server = await testServer(async (session) => {
    for await (const message of session) await session.send(`echo ${message.text()}`);
  });
  const ann = await server.connect();
  assert.equal(ann.origin, "new");
  await ann.send("hello");
  await server.advance(100);
  const message = await ann.receive();
  assert.equal(message?.text(), "echo hello");
  await server.close();
});

test("a session outlives its connection", async () => {
  const server = await testServer(async (session) => {
    for await (const message of session) await session.send(`echo ${message.text()}`);
  });
  const ann = await server.connect();
  ann.cut();
  assert.equal(ann.status, "detached");
  await ann.send("hello");
  await server.advance(5_000);
  assert.equal(ann.status, "open");
  assert.equal((await ann.receive())?.text(), "echo hello");
  await server.close();
});

test("a killed server's sessions are revived", async () => {
  const server = await testServer(async (session) => {
    await session.send("hi");
    for await (const message of session) await session.send(`echo ${message.text()}`);
  });
  const ann = await server.connect();
  await server.advance(1_000);
  server.kill();
  await ann.send("hello");
  await server.advance(1_000);
  server.restart();
  await server.advance(60_000);
  const got = [];
  for (let i = 0; i < 4; i++) got.push((await ann.receive())?.text());
  assert.deepEqual(got, ["hi", "* messages from 2 on are missing (server-restarted)", "hi", "echo hello"]);
  await server.close();
});

test("plain clients", async () => {
  const server = await testServer(async (session) => {
    for await (const message of session) await session.send(`echo ${message.text()}`);
  });
  const nc = await server.connectPlain();
  nc.send("hello");
  assert.equal(await nc.line(), "echo hello");
  nc.end();
  await server.advance(1_000);
  assert.equal(nc.isOpen, false);
  await server.close();
});
