// Text that UTF-8 cannot say, or that is too long to be said, is the same on both sides.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { type CloseInfo, type Session, serve } from "bowline";
import { connect } from "bowline/client";
import { WebSocket } from "ws";

const LONE = "a\ud800b";
const READ = "a\ufffdb";
const LONG = `${"x".repeat(122)}é`;

/** A server that ends each session with this reason, and how it did. */
async function ending(reason: string): Promise<{ server: AsyncDisposable; port: number; ended: Promise<CloseInfo> }> {
  let onEnd: (info: CloseInfo) => void = () => {};
  const ended = new Promise<CloseInfo>((resolve) => {
    onEnd = resolve;
  });
  const server = await serve({ port: 0 }, async (session: Session) => {
    await session.receive();
    onEnd(await session.close({ code: 4_100, reason }));
  });
  return { server, port: server.address.port, ended };
}

for (const [reason, read] of [
  [LONE, READ],
  [LONG, "x".repeat(122)],
] as const) {
  test(`the reason ${JSON.stringify(reason.slice(-10))} of a close, between Bowline's own`, async () => {
    const { server, port, ended } = await ending(reason);
    await using _ = server;
    await using session = await connect(`ws://127.0.0.1:${port}`);
    await session.send("end it");
    assert.deepEqual([(await session.closed).reason, (await ended).reason], [read, read]);
  });

  test(`the reason ${JSON.stringify(reason.slice(-10))} of a close, to a bare WebSocket`, async () => {
    const { server, port, ended } = await ending(reason);
    await using _ = server;
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.on("open", () => socket.send("end it"));
    const [code, said] = await once(socket, "close");
    assert.deepEqual([code, String(said), (await ended).reason], [4_100, read, read]);
  });
}

test("the name of a room", async () => {
  await using server = await serve({ port: 0 }, async (session) => {
    const room = await session.join(LONE);
    assert.equal(room.name, READ);
    for await (const message of session) await room.send(message.text());
  });
  await using session = await connect(`bowline://127.0.0.1:${server.address.port}`);
  assert.equal(session.room(LONE), session.room(READ));
  await session.send("hello");
  for await (const entry of session.room(LONE)) {
    assert.deepEqual([entry.room, entry.text()], [READ, "hello"]);
    break;
  }
  assert.equal((await server.room(LONE).history({ limit: 1 })).length, 1);
});
