import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import type { ScriptedClient } from "../../scripted-client.ts";
import { again, echo, obituaryOf, opened, wait } from "../../scripted-session.ts";

describe("what is no frame", () => {
  const sayNoFrame = (client: ScriptedClient): Promise<void> =>
    client.say((writer) => {
      writer.beginFrame(0x3f);
      writer.endFrame();
    });

  test("ends the session at once: behind it no answer to CLOSE could be read", async () => {
    const { server, client } = await opened(wait);
    await sayNoFrame(client);
    assert.equal(client.closed[0], 1002);
    assert.equal(client.isLost, true);
    const next = await again(server, client, {});
    assert.deepEqual(next.closed, client.closed);
  });

  test("after a CLOSE that waits for its answer ends it, too", async () => {
    const { client } = await opened((session) => void session.close({ code: 4100 }));
    assert.equal(client.closed[0], 4100);
    assert.equal(client.isLost, false);
    await sayNoFrame(client);
    assert.equal(client.isLost, true);
  });
});

describe("a client that broke a rule", () => {
  const breakRule = (client: ScriptedClient): Promise<void> => client.message(7, "seven");

  test("has a fifth of the close timeout to answer CLOSE", async () => {
    const { server, client } = await opened(wait);
    await breakRule(client);
    assert.equal(client.closed[0], 1002);
    await server.advance(900);
    assert.equal(server.run.server.size, 1);
    await server.advance(100);
    assert.equal(server.run.server.size, 0);
    assert.equal(client.isLost, true);
  });

  test("and answers has the figures in its obituary", async () => {
    const { server, client } = await opened(wait);
    await breakRule(client);
    await client.close({ code: 1002 });
    assert.equal(obituaryOf(server).confirmed, true);
  });

  test("and hangs up is not waited for", async () => {
    const { server, client } = await opened(wait);
    await breakRule(client);
    client.cut();
    await server.advance(10);
    assert.equal(server.run.server.size, 0);
    const next = await again(server, client, {});
    assert.deepEqual(next.closed, client.closed);
  });

  test("and breaks another is not waited for either", async () => {
    const { server, client } = await opened(wait);
    await breakRule(client);
    await client.ack(99);
    assert.equal(server.run.server.size, 0);
    assert.equal(client.isLost, true);
  });

  test("while its session ends hears CLOSE at once", async () => {
    const { server, client } = await opened(async (session) => {
      await session.send("bye");
    });
    assert.deepEqual(client.all(FrameType.close), []);
    await client.ack(99);
    assert.equal(client.closed[0], 1000);
    assert.equal(server.run.server.size, 1);
  });
});

describe("closing", () => {
  test("a handler that returns closes when what it sent is acknowledged, and the client's answer ends it", async () => {
    const { server, client } = await opened(async (session) => {
      await session.send("bye");
    });
    await server.advance(100);
    assert.deepEqual(client.all(FrameType.close), []);
    await client.ack(1);
    const { code, sent, received, by } = client.only(FrameType.close);
    assert.deepEqual([code, sent, received, by], [1000, 1, 0, "server"]);
    await client.close({ sent: 4, received: 1, by: "server" });
    const info = obituaryOf(server);
    assert.deepEqual(info.fromClient, { sent: 4, received: 0, undelivered: { from: 1, to: 4 } });
    assert.deepEqual(info.fromServer, { sent: 1, received: 1, undelivered: undefined });
    assert.equal(info.confirmed, true);
    assert.equal(server.run.server.size, 0);
  });

  test("a client that does not acknowledge is not waited for longer than closeTimeoutMs, nor for its answer", async () => {
    const { server, client } = await opened(async (session) => {
      await session.send("bye");
    });
    await server.advance(5_000);
    assert.equal(client.closed[0], 1000);
    assert.equal(server.run.server.size, 1);
    await server.advance(5_000);
    assert.equal(server.run.server.size, 0);
    const info = obituaryOf(server);
    assert.deepEqual([info.confirmed, info.fromServer.undelivered], [false, { from: 1, to: 1 }]);
    assert.deepEqual(info.undelivered, [{ sequence: 1, data: "bye" }]);
  });

  test("after a long silence waits no less long for the answer", async () => {
    const { server, client } = await opened(wait);
    await server.advance(14_000);
    server.run.server.kick(client.opened.sessionId, "out");
    await server.advance(4_000);
    assert.deepEqual(client.closed, [4012, "out"]);
    await client.close({ code: 4012 });
    assert.equal(obituaryOf(server).confirmed, true);
  });

  test("a client that closes gets what its server had, and what it had not", async () => {
    const { server, client } = await opened(wait);
    for (const sequence of [1, 2]) await client.message(sequence, "x");
    await client.close({ code: 3000, reason: "enough", sent: 2, received: 0 });
    const { code, reason, received, by } = client.only(FrameType.close);
    assert.deepEqual([code, reason, received, by], [3000, "enough", 0, "client"]);
    assert.deepEqual(obituaryOf(server).fromClient, { sent: 2, received: 0, undelivered: { from: 1, to: 2 } });
  });

  test("while the client is away waits for it, and is said when it is back", async () => {
    const { server, client } = await opened(wait);
    client.cut();
    server.run.server.get(client.opened.sessionId)?.end({ code: 4100, reason: "enough", by: "server" });
    await server.advance(60_000);
    assert.equal(server.run.server.size, 1);
    const second = await again(server, client, {});
    assert.deepEqual(second.closed, [4100, "enough"]);
  });

  test("by a kick while the client is away waits for nobody, and is said when it is back", async () => {
    const { server, client } = await opened(wait);
    client.cut();
    server.run.server.kick(client.opened.sessionId, "out");
    await server.advance(10);
    assert.equal(server.run.server.size, 0);
    const second = await again(server, client, {});
    assert.deepEqual(second.closed, [4012, "out"]);
  });

  test("by a kick is over when the client hangs up on it", async () => {
    const { server, client } = await opened(wait);
    server.run.server.kick(client.opened.sessionId, "out");
    await server.advance(10);
    assert.deepEqual(client.closed, [4012, "out"]);
    assert.equal(server.run.server.size, 1);
    client.cut();
    await server.advance(10);
    assert.equal(server.run.server.size, 0);
    const second = await again(server, client, {});
    assert.deepEqual(second.closed, [4012, "out"]);
  });

  test("by a kick is said on the connection that takes over from a half-open one", async () => {
    const { server, client } = await opened(wait);
    server.run.server.kick(client.opened.sessionId, "out");
    await server.advance(10);
    const second = await again(server, client, {});
    assert.deepEqual(second.closed, [4012, "out"]);
  });

  test("a connection only, as the browser of a closed laptop does, detaches the session", async () => {
    const { server, client } = await opened(echo);
    await client.close({ code: 1001 });
    assert.equal(client.isLost, true);
    const second = await again(server, client, {});
    await second.message(1, "one");
    assert.deepEqual(second.messages, ["1 echo one"]);
  });

  test("what arrives once the end has begun is not given to anybody", async () => {
    const taken: string[] = [];
    const { server, client } = await opened(async (session) => {
      for await (const message of session) taken.push(message.text());
    });
    server.run.server.kick(client.opened.sessionId, "out");
    await client.message(1, "late");
    assert.deepEqual(taken, []);
    assert.equal(client.only(FrameType.close).received, 0);
  });
});
