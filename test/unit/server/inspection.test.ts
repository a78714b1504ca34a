import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { connect } from "bowline/client";
import { type Handler, serve } from "../../../src/index.ts";

/** As `console.log` shows it, in one line. */
function show(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, colors: false });
}

test("console.log of what applications hold shows what a person wants to know", async () => {
  const shown: string[] = [];
  const handler: Handler = async (session) => {
    const lobby = await session.join("lobby");
    shown.push(show(session), show(lobby));
    for await (const message of session) {
      shown.push(show(message));
      await lobby.send("an entry");
    }
  };
  await using server = await serve({ port: 0, authenticate: () => ({ identity: "ann" }) }, handler);
  const { port } = server.address;
  const session = await connect(`bowline://127.0.0.1:${port}`);
  const { id } = session;
  await session.send({ type: "say", text: "hello" });
  const entry = await session.receive();
  await session.send("x".repeat(100));
  await session.send(new Uint8Array(12));
  await session.flush();
  assert.deepEqual(shown, [
    `Session { id: '${id}', status: 'open', origin: 'new', ` +
      "peer: { address: '127.0.0.1', form: 'bowline', secure: false }, identity: 'ann' }",
    "Room { name: 'lobby', members: 1 }",
    `Message { sequence: 1, text: '{"type":"say","text":"hello"}' }`,
    `Message { sequence: 2, text: '${"x".repeat(80)}…' }`,
    "Message { sequence: 3, bytes: 12 }",
  ]);
  assert.match(show(entry), /^Message \{ room: 'lobby', offset: 1, at: \d{4}-\S+Z, text: 'an entry' \}$/);
  assert.match(
    show(session),
    /^ClientSession \{ id: '\w+', status: 'open', origin: 'new', peer: \{ address: 'bowline:/,
  );
  assert.equal(show(session.room("lobby")), "ClientRoom { name: 'lobby', isClaimed: false }");
  assert.match(
    show(server),
    /^Server \{ address: '127\.0\.0\.1', port: \d+, sessions: 1, connections: \{.*\}, rooms: 1 \}$/,
  );
  assert.equal(show(server.sessions), "SessionList { size: 1 }");
  assert.equal(show({ a: { b: { c: entry } } }), "{ a: { b: { c: [Message] } } }");
  await session.close();
});
