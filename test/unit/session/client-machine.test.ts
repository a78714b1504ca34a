import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ClientSession } from "../../../src/runtime/public-sessions.ts";
import { type ScriptedConnection, ScriptedServer } from "../../client-fixture.ts";

/** The server is another one now, which does not know the session. */
async function revive(server: ScriptedServer): Promise<ScriptedConnection> {
  const before = server.last;
  await server.clock.advance(1_000);
  assert.notEqual(server.last, before);
  await server.last.opened({ origin: "revived" });
  return server.last;
}

/** What comes, gaps included. */
function hear(session: ClientSession): string[] {
  const texts: string[] = [];
  void (async () => {
    for await (const message of session) texts.push(message.text());
  })();
  return texts;
}

describe("when another server goes on", () => {
  test("after one that was killed, nobody knows how much is missing", async () => {
    const server = new ScriptedServer();
    const heard = hear(await server.open());
    await server.last.message(1, "one");
    await server.last.lose();
    await revive(server);
    assert.deepEqual(heard, ["one", "* messages from 2 on are missing (server-restarted)"]);
  });

  test("after one that was killed before it answered CLOSE, whoever still reads is told", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    const closed = session.close();
    const heard = hear(session);
    await server.last.lose();
    const connection = await revive(server);
    assert.deepEqual(heard, ["* messages from 1 on are missing (server-restarted)"]);
    await connection.close("normal");
    assert.equal((await closed).confirmed, true);
    assert.equal(await session.receive(), undefined);
  });

  test("after one that went away in order, with everything said, nothing is missing", async () => {
    const server = new ScriptedServer();
    const heard = hear(await server.open());
    await server.last.message(1, "one");
    await server.last.close("going-away", { sent: 1 });
    const connection = await revive(server);
    await connection.message(2, "two");
    assert.deepEqual(heard, ["one", "two"]);
  });

  test("after one that went away before everything had arrived, it is known what is missing", async () => {
    const server = new ScriptedServer();
    const heard = hear(await server.open());
    await server.last.message(1, "one");
    await server.last.close("going-away", { sent: 3 });
    await revive(server);
    assert.deepEqual(heard, ["one", "* messages 2 to 3 are missing (server-restarted)"]);
  });

  test("what the first server had said bounds nothing once a second one has spoken", async () => {
    const server = new ScriptedServer();
    const heard = hear(await server.open());
    await server.last.close("going-away", { sent: 0 });
    const connection = await revive(server);
    await connection.message(1, "one");
    await connection.lose();
    await revive(server);
    assert.deepEqual(heard, ["one", "* messages from 2 on are missing (server-restarted)"]);
  });

  test("nor when it may have spoken", async () => {
    const server = new ScriptedServer();
    const heard = hear(await server.open());
    await server.last.close("going-away", { sent: 0 });
    await (await revive(server)).lose();
    await revive(server);
    assert.deepEqual(heard, ["* messages from 1 on are missing (server-restarted)"]);
  });

  test("a refusal to open says nothing about what was sent", async () => {
    const server = new ScriptedServer();
    const heard = hear(await server.open());
    await server.last.lose();
    await server.clock.advance(1_000);
    await server.last.close("going-away", { sent: 0 });
    await revive(server);
    assert.deepEqual(heard, ["* messages from 1 on are missing (server-restarted)"]);
  });
});

test("a server that asks and does not take the answers is left", async () => {
  const server = new ScriptedServer();
  const session = await server.open({ limits: { windowMessages: 1 } });
  let sequence = 0;
  for (; sequence < 33; sequence += 1) {
    await server.last.request(sequence + 1, "?");
    assert.equal(session.status, "open");
    await (await session.receive())?.reply("!");
  }
  await server.clock.advance(5_000);
  const { code, by } = await session.closed;
  assert.deepEqual([code, by], [4009, "client"]);
});
