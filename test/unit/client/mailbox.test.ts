import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import type { Message } from "../../../src/runtime/message.ts";
import { rest, type ScriptedConnection, ScriptedServer } from "../../client-fixture.ts";

const ALIASES: { readonly [room: string]: number } = { lobby: 1, kitchen: 2 };

function join(connection: ScriptedConnection, name: string): Promise<void> {
  const alias = ALIASES[name] as number;
  return connection.say({ type: FrameType.joined, alias, name, epoch: 1, cursor: 0, head: 0, ticket: "" });
}

function entry(connection: ScriptedConnection, room: string, offset: number): Promise<void> {
  const payload = new TextEncoder().encode(`${room} ${offset}`);
  const alias = ALIASES[room] as number;
  return connection.say({ type: FrameType.entry, alias, flags: 1, offset, step: 1, at: 0, payload });
}

/** Reads that many messages, as they come. */
function take(from: AsyncIterator<Message>, count: number): Promise<string[]> {
  return Promise.all(Array.from({ length: count }, () => 0)).then(async (slots) => {
    const texts: string[] = [];
    for (const _ of slots) texts.push((await from.next()).value.text());
    return texts;
  });
}

describe("a claimed room", () => {
  test("takes along what waits in the session's loop, and leaves the rest there", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await join(server.last, "lobby");
    await join(server.last, "kitchen");
    await entry(server.last, "lobby", 1);
    await server.last.message(1, "hello");
    await entry(server.last, "kitchen", 1);
    await entry(server.last, "lobby", 2);
    const lobby = session.room("lobby")[Symbol.asyncIterator]();
    await entry(server.last, "lobby", 3);
    assert.deepEqual(await take(lobby, 3), ["lobby 1", "lobby 2", "lobby 3"]);
    assert.deepEqual(await take(session[Symbol.asyncIterator](), 2), ["hello", "kitchen 1"]);
  });

  test("is not claimed before somebody reads it", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await join(server.last, "lobby");
    assert.equal(session.room("lobby"), session.room("lobby"));
    await entry(server.last, "lobby", 1);
    assert.equal((await session.receive())?.text(), "lobby 1");
  });

  test("leaves alone what the session's loop has taken already", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await join(server.last, "lobby");
    await entry(server.last, "lobby", 1);
    await entry(server.last, "lobby", 2);
    const inHand = await session.receive();
    assert.deepEqual(await take(session.room("lobby")[Symbol.asyncIterator](), 1), ["lobby 2"]);
    assert.equal(inHand?.text(), "lobby 1");
  });

  test("is given back by break, with what was not read, and can be claimed again", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await join(server.last, "lobby");
    for (const offset of [1, 2, 3]) await entry(server.last, "lobby", offset);
    for await (const message of session.room("lobby")) {
      assert.equal(message.text(), "lobby 1");
      break;
    }
    await entry(server.last, "lobby", 4);
    assert.equal((await session.receive())?.text(), "lobby 2");
    assert.deepEqual(await take(session.room("lobby")[Symbol.asyncIterator](), 2), ["lobby 3", "lobby 4"]);
    assert.equal(session.status, "open");
  });

  test("acknowledges what was read, with the heartbeat", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await join(server.last, "lobby");
    await entry(server.last, "lobby", 1);
    await entry(server.last, "lobby", 2);
    await take(session.room("lobby")[Symbol.asyncIterator](), 2);
    await server.last.say({ type: FrameType.ping, data: new Uint8Array(0) });
    const acks = server.last.sent.filter((frame) => frame.type === FrameType.ack && frame.alias === 1);
    assert.deepEqual(acks, [{ type: FrameType.ack, alias: 1, number: 1 }], "2 was taken, and is being worked on");
  });

  test("ends with the session", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    const next = session.room("lobby")[Symbol.asyncIterator]().next();
    await rest();
    await server.last.close("normal");
    assert.deepEqual(await next, { value: undefined, done: true });
  });
});
