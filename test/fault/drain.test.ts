// A server that is stopped under traffic: who was being answered is answered, everybody is told to come back, and does.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect as connectSocket } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { serve } from "bowline";
import { type ClientSession, connect } from "bowline/client";
import { WebSocket } from "ws";
import { type Frame, FrameType } from "../../src/protocol/frames/frame.ts";
import { bowline } from "../cli/bowline.ts";
import { temporaryFolder } from "../cli/temporary-folder.ts";
import { Child } from "../programs/child.ts";
import { RawClient } from "../raw-client.ts";
import { ackFrame, messageFrame, openFrame, PREFACE } from "../raw-frames.ts";
import type { LoggingServer } from "./processes/logging-server.ts";

const timeout = 60_000;
const folder = temporaryFolder(after);
const processes = join(import.meta.dirname, "processes");

/** A client that adopted a session, frame by frame. */
async function adopt(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.write(Buffer.concat([PREFACE, openFrame()]));
  assert.equal((await client.frame()).type, FrameType.opened);
  client.write(ackFrame(0));
  assert.equal((await client.frame()).type, FrameType.ack);
  return client;
}

/** The next frame that is no acknowledgement. */
async function nextFrame(client: RawClient): Promise<Frame> {
  for (;;) {
    const frame = await client.frame();
    if (frame.type !== FrameType.ack) return frame;
  }
}

/** Says numbers until it is told to stop; resolves with how many. */
async function count(session: ClientSession, isOver: () => boolean): Promise<number> {
  for (let number = 1; ; number += 1) {
    await session.send(`${number}`);
    if (isOver()) return number;
    await nextTurn();
  }
}

test("a rolling restart under traffic: everything is handled once, and no gap is told of", { timeout }, async (t) => {
  const log = join(folder, "log");
  const signingKey = new Uint8Array(randomBytes(32));
  // Who is slow here is the machine, and not the client.
  const limits = { closeTimeoutMs: 20_000 };
  const run = async (port: number): Promise<[Child<LoggingServer>, number]> => {
    const child = await Child.start<LoggingServer>(join(processes, "logging-server.js"), { args: [log] });
    return [child, await child.call("start", { port, signingKey, limits })];
  };
  const [first, port] = await run(0);
  await using _first = first;
  let isOver = false;
  const faults: string[] = [];
  const backAt: number[] = [];
  const sessions = await Promise.all(
    Array.from({ length: 20 }, (_, index) => connect(`${index % 2 === 0 ? "bowline" : "ws"}://127.0.0.1:${port}`)),
  );
  t.after(() => {
    isOver = true;
    return Promise.all(sessions.map((session) => session.close()));
  });
  const counts = Promise.all(sessions.map((session) => count(session, () => isOver)));
  // Nobody waits for it if the test fails before.
  counts.catch(() => {});
  for (const session of sessions) {
    session.onstatuschange = () => {
      if (session.status === "open") backAt.push(performance.now());
    };
    void (async () => {
      let heard = 0;
      for await (const message of session) {
        if (message.room !== undefined) continue;
        heard += 1;
        if (message.text() !== `${heard}`) faults.push(`${message.text()} came as number ${heard}`);
      }
    })();
  }
  await Promise.all(sessions.map((session) => session.flush()));
  await first.call("stop");
  const [second] = await run(port);
  await using _second = second;
  while (backAt.length < sessions.length) {
    t.signal.throwIfAborted();
    await nextTurn();
  }
  isOver = true;
  const said = await counts;
  await Promise.all(sessions.map((session) => session.flush()));

  const handled = new Map<string, number[]>(sessions.map(({ id }) => [id, []]));
  for (const line of readFileSync(log, "utf8").trimEnd().split("\n")) {
    const [, id = "", sequence] = line.split(" ");
    handled.get(id)?.push(Number(sequence));
  }
  for (const [index, { id, origin }] of sessions.entries()) {
    assert.equal(origin, "revived");
    const expected = Array.from({ length: said[index] as number }, (_, place) => place + 1);
    assert.deepEqual(handled.get(id), expected);
  }
  assert.deepEqual(faults, []);
  const spreadMs = Math.max(...backAt) - Math.min(...backAt);
  t.diagnostic(`20 clients came back within ${Math.round(spreadMs)} ms of each other`);
  assert.ok(spreadMs > 1_000, `they came back within ${spreadMs} ms of each other`);
  for (const session of sessions) assert.ok((await session.close()).confirmed);
});

test("a signal: nobody new, answers first, then going-away for all, and the process ends", { timeout }, async (t) => {
  await using server = bowline(["serve", join(processes, "holding-handler.js"), "--port", "0"]);
  const port = Number((await server.expect(/listening on port (\d+)\n/))[0]);
  const clients = await Promise.all(Array.from({ length: 20 }, () => adopt(port)));
  await using lines = await RawClient.connect(port);
  lines.write("hello\n");
  await lines.expect("done with hello\n");
  const webSocket = new WebSocket(`ws://127.0.0.1:${port}`);
  t.after(() => {
    for (const { socket } of clients) socket.destroy();
    webSocket.terminate();
  });
  await once(webSocket, "open");
  const closed = once(webSocket, "close");
  const [busy] = clients as [RawClient];
  const before = busy.text;
  busy.write(messageFrame(1, "hold"));
  // Behind it, so that it is being held when this has been answered.
  lines.write("ready?\n");
  await lines.expect("done with ready?\n");

  server.kill("SIGTERM");
  // Nobody new.
  await assert.rejects(
    async () => {
      for (;;) {
        const socket = connectSocket({ port, host: "127.0.0.1" });
        await once(socket, "connect");
        socket.destroy();
      }
    },
    { code: "ECONNREFUSED" },
  );
  assert.equal(busy.text, before, "the one that waits for its answer has heard nothing");
  // Answers first.
  const answer = await nextFrame(busy);
  assert.ok(answer.type === FrameType.message);
  assert.equal(answer.text(), "done with hold");
  busy.write(ackFrame(1));
  // Then going-away, for all.
  const retries = await Promise.all(
    clients.map(async (client) => {
      const frame = await nextFrame(client);
      assert.ok(frame.type === FrameType.close);
      assert.equal(frame.code, 1001);
      client.socket.end();
      await client.ended();
      return frame.retryAfterMs;
    }),
  );
  assert.ok(Math.max(...retries) - Math.min(...retries) > 1_000, `retryAfterMs: ${retries}`);
  assert.equal(await lines.ended(), "error: the server is going away\n");
  lines.socket.end();
  assert.equal((await closed)[0], 1001);
  assert.equal(await server.exited(), 0);
  assert.match(server.stderr, /"msg":"stopped"/);
});

test("at the deadline a handler that does not end is left alone", { timeout }, async (t) => {
  const limits = { closeTimeoutMs: 200 };
  await using server = await serve({ port: 0, limits }, () => new Promise(() => {}));
  await using lines = await RawClient.connect(server.address.port);
  lines.write("hello\n");
  while (server.sessions.size === 0) {
    t.signal.throwIfAborted();
    await nextTurn();
  }
  const begunAt = performance.now();
  await server.close({ drainTimeoutMs: 300 });
  const tookMs = performance.now() - begunAt;
  assert.ok(tookMs >= 290 && tookMs < 3_000, `it took ${tookMs} ms`);
  assert.equal(await lines.ended(), "error: the server is going away\n");
});
