// Every limit that a client can reach ends in a named close code or a plain sentence, or makes it wait; nobody else notices.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectSocket } from "node:net";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type CloseInfo, type Session, serve } from "bowline";
import { ConnectError, connect } from "bowline/client";
import { type TestServer, testServer } from "bowline/testing";
import { WebSocket } from "ws";
import { type Frame, FrameType } from "../../src/protocol/frames/frame.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { serveEcho } from "../echo-server.ts";
import { RawClient } from "../raw-client.ts";
import { ackFrame, messageFrame, openFrame, PREFACE } from "../raw-frames.ts";

const timeout = 30_000;
const never = (): Promise<never> => new Promise(() => {});

async function adopt(port: number): Promise<RawClient> {
  const client = await RawClient.connect(port);
  client.write(Buffer.concat([PREFACE, openFrame()]));
  assert.equal((await client.frame()).type, FrameType.opened);
  client.write(ackFrame(0));
  return client;
}

async function close(client: RawClient): Promise<Extract<Frame, { type: typeof FrameType.close }>> {
  for (;;) {
    const frame = await client.frame();
    if (frame.type === FrameType.close) return frame;
  }
}

async function openWebSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, "open");
  return socket;
}

describe("maxMessageBytes", { timeout }, () => {
  const limits = { maxMessageBytes: 1_000, maxOpenBytes: 1_000, maxLineBytes: 500 };

  test("a frame that is longer ends the session with 1009, before all of it has come", async () => {
    await using server = await serveEcho({ limits });
    await using client = await adopt(server.address.port);
    client.write(messageFrame(1, "x".repeat(5_000)).subarray(0, 100));
    const { code, reason } = await close(client);
    assert.equal(code, 1009);
    assert.match(reason, /Frame longer than \d+ bytes/);
  });

  test("so does a message on a bare WebSocket, whole or in fragments", async () => {
    await using server = await serveEcho({ limits });
    for (const isWhole of [true, false]) {
      const client = await openWebSocket(server.address.port);
      if (isWhole) client.send("x".repeat(1_001));
      else for (let part = 0; part < 20; part += 1) client.send("x".repeat(100), { fin: false });
      assert.equal((await once(client, "close"))[0], 1009);
    }
  });

  test("a longer message is not sent in the first place, and the session goes on", async () => {
    const refused: unknown[] = [];
    await using server = await serve({ port: 0, limits }, async (session) => {
      for await (const message of session) {
        await session.send("y".repeat(1_001)).catch((error: unknown) => refused.push(error));
        await session.send(message.text());
      }
    });
    await using session = await connect(`bowline://127.0.0.1:${server.address.port}`);
    await assert.rejects(session.send("é".repeat(501)), { name: "RangeError", message: /1002 bytes .* \(1000\)/ });
    await session.send("é".repeat(500));
    assert.equal((await session.receive())?.text(), "é".repeat(500));
    assert.match(String(refused), /RangeError: a message of 1001 bytes is above maxMessageBytes \(1000\)/);
  });

  test("a line of one byte less than too long is fine", async () => {
    await using server = await serveEcho({ limits });
    await using client = await RawClient.connect(server.address.port);
    client.write(`${"x".repeat(500)}\n`);
    await client.expect(`${"x".repeat(500)}\n`);
    client.write(`${"x".repeat(501)}\n`);
    assert.equal(await client.ended(), "error: line longer than 500 bytes\n");
  });
});

describe("maxSessions", { timeout }, () => {
  test("new ones are refused in a plain sentence; who was there comes back", async () => {
    await using server = await serveEcho({ limits: { maxSessions: 1 } });
    await using proxy = await CuttingProxy.to(server.address.port);
    await using session = await connect(`bowline://127.0.0.1:${proxy.port}`, { backoff: { maxMs: 1 } });
    for (let cuts = 0; cuts < 3; cuts += 1) {
      proxy.cut();
      await session.send(`${cuts}`);
      assert.equal((await session.receive())?.text(), `${cuts}`);
    }
    await assert.rejects(connect(`bowline://127.0.0.1:${server.address.port}`), (error: unknown) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.code, 1013);
      assert.match(error.message, /the server takes no new sessions now$/);
      return true;
    });
    const webSocket = await openWebSocket(server.address.port);
    const [code, reason] = await once(webSocket, "close");
    assert.deepEqual([code, String(reason)], [1013, "the server takes no new sessions now"]);
  });
});

describe("messagesPerSecond", { timeout }, () => {
  const limits = { messagesPerSecond: 10, receiveQueueMessages: 4, windowMessages: 8 };

  /** A server that counts what it takes, in a time of its own. */
  async function counting(): Promise<{ server: TestServer; taken: () => number }> {
    let taken = 0;
    const server = await testServer(
      async (session) => {
        for await (const _ of session) taken += 1;
      },
      { limits },
    );
    return { server, taken: () => taken };
  }

  test("a plain client is read no faster, and sent away after ten seconds of it", async () => {
    const { server, taken } = await counting();
    const client = await server.connectPlain();
    for (let line = 0; line < 1_000; line += 1) client.send(`line ${line}`);
    await server.advance(1_000);
    assert.ok(taken() >= 20 && taken() <= 32, `${taken()} in the first second`);
    await server.advance(5_000);
    assert.ok(taken() <= 82, `${taken()} in six seconds`);
    assert.deepEqual(client.lines, []);
    assert.equal(await client.line(), "error: more than 10 messages a second");
    await server.advance(1_000);
    assert.ok(!client.isOpen);
    assert.ok(taken() <= 135, `${taken()} before it was sent away`);
    const closed = server.diagnostics.find(({ name }) => name === "session-closed") as { info: CloseInfo };
    assert.deepEqual([closed.info.code, closed.info.retryAfterMs], [4010, 10_000]);
    await server.close();
  });

  test("a plain client that pauses in between is not sent away", async () => {
    const { server, taken } = await counting();
    const client = await server.connectPlain();
    for (let burst = 0; burst < 10; burst += 1) {
      for (let line = 0; line < 40; line += 1) client.send("a line");
      await server.advance(5_000);
    }
    assert.equal(taken(), 400);
    assert.ok(client.isOpen);
    await server.close();
  });

  test("a Bowline client's sends wait; it is not sent away, and nothing is lost", async () => {
    const { server, taken } = await counting();
    const client = await server.connect();
    let sent = 0;
    void (async () => {
      for (; sent < 200; sent += 1) await client.send(`${sent}`);
    })();
    for (let second = 1; second <= 10; second += 1) {
      await server.advance(1_000);
      // A burst of two seconds, what has been earned since, and a window that is on its way.
      assert.ok(taken() <= 20 + 10 * second + 8, `${taken()} in ${second} seconds`);
      assert.ok(taken() >= 10 * second, `${taken()} in ${second} seconds`);
      assert.equal(client.status, "open");
    }
    await server.advance(20_000);
    assert.equal(taken(), 200);
    await server.close();
  });
});

describe("a client that does not read", { timeout }, () => {
  test("is sent away with slow-reader when somebody has waited for it for a resume window", async () => {
    let ending: Promise<CloseInfo> | undefined;
    let rejection: unknown;
    const limits = { windowBytes: 64 * 1_024, resumeWindowMs: 300, closeTimeoutMs: 100 };
    await using server = await serve({ port: 0, limits }, async (session) => {
      ending = session.closed;
      for (;;) {
        rejection = await session.send("x".repeat(16_384)).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (rejection !== undefined) return;
      }
    });
    const client = connectSocket({ port: server.address.port, host: "127.0.0.1" }).pause();
    client.on("error", () => {}).write("hello\n");
    while (ending === undefined) await nextTurn();
    const { code, name, by } = await ending;
    assert.deepEqual({ code, name, by }, { code: 4009, name: "slow-reader", by: "server" });
    assert.equal((rejection as { code?: unknown }).code, 4009);
    client.destroy();
  });
});

describe("a client that is not read", { timeout }, () => {
  const limits = { receiveQueueMessages: 64, receiveQueueBytes: 64 * 1_024, closeTimeoutMs: 50 };

  /** Writes until nothing more is taken; says how much was. */
  async function flood(
    socket: { write(bytes: Uint8Array): unknown; readonly writableLength: number },
    bytes: Uint8Array,
  ) {
    let written = 0;
    let stuck = 0;
    while (stuck < 200) {
      if (socket.writableLength === 0) {
        socket.write(bytes);
        written += bytes.length;
        stuck = 0;
      } else {
        stuck += 1;
      }
      await nextTurn();
      assert.ok(written < 64 * 1_024 * 1_024, "everything is taken");
    }
    return written - socket.writableLength;
  }

  test("by its handler, is not read by the server either: tiny lines, a chunk of which holds thousands", async () => {
    await using server = await serve({ port: 0, limits }, never);
    await using client = await RawClient.connect(server.address.port);
    await flood(client.socket, Buffer.from("\n".repeat(65_536)));
    assert.equal(server.metrics().messagesIn, 64);
    await server.close({ drainTimeoutMs: 1 });
  });

  test("nor one on a bare WebSocket", async () => {
    await using server = await serve({ port: 0, limits }, never);
    const client = await openWebSocket(server.address.port);
    const message = "x".repeat(8_192);
    let stuck = 0;
    for (let sent = 0; stuck < 200; ) {
      if (client.bufferedAmount === 0) {
        client.send(message);
        sent += 1;
        stuck = 0;
        assert.ok(sent < 8_192, "everything is taken");
      } else {
        stuck += 1;
      }
      await nextTurn();
    }
    assert.equal(server.metrics().messagesIn, 8);
    client.terminate();
    await server.close({ drainTimeoutMs: 1 });
  });

  test("and one that speaks frames ends with protocol-error when it sends beyond its window", async () => {
    await using server = await serve({ port: 0, limits: { windowMessages: 32, closeTimeoutMs: 50 } }, never);
    await using client = await adopt(server.address.port);
    for (let sequence = 1; sequence <= 33; sequence += 1) client.write(messageFrame(sequence, "x"));
    const { code, reason } = await close(client);
    assert.deepEqual([code, reason], [1002, "a message was sent outside the window"]);
    assert.equal(server.metrics().messagesIn, 32);
    await server.close({ drainTimeoutMs: 1 });
  });
});

describe("what a handler may ask for", { timeout }, () => {
  test("a request that nobody answers is given up; an answer that comes later is reported and dropped", async () => {
    const server = await testServer(async (session) => {
      const question = await session.receive();
      await session.receive();
      await question?.reply("much too late");
      for await (const message of session) await message.reply(message.text());
    });
    const client = await server.connect({ limits: { requestTimeoutMs: 1_000 } });
    const rejected = assert.rejects(client.request("well?"), {
      name: "RequestTimeoutError",
      message: /within 1000 ms/,
    });
    await server.advance(1_100);
    await rejected;
    await client.send("go on");
    await server.advance(100);
    assert.deepEqual(
      server.diagnostics.filter(({ name }) => name === "late-reply"),
      [{ name: "late-reply", sessionId: client.id, repliesTo: 1 }],
    );
    const reply = client.request("still there?");
    await server.advance(100);
    assert.equal((await reply).text(), "still there?");
    await server.close();
  });

  test("one room too many rejects, a state that is too large throws, and the session goes on", async () => {
    const errors: string[] = [];
    await using server = await serve(
      { port: 0, limits: { maxRoomsPerSession: 2, maxStateBytes: 100 } },
      async (session: Session) => {
        for await (const message of session) {
          const text = message.text();
          await session.join(text).catch((error: unknown) => errors.push(String(error)));
          try {
            session.state = text.repeat(40);
          } catch (error) {
            errors.push(String(error));
          }
          await session.send(`${session.state}`.slice(0, 3));
        }
      },
    );
    await using session = await connect(`bowline://127.0.0.1:${server.address.port}`);
    for (const name of ["a", "b", "c", "ddd"]) {
      await session.send(name);
      assert.equal((await session.receive())?.text(), name === "ddd" ? "ccc" : name.repeat(3));
    }
    assert.deepEqual(errors, [
      "RoomError: the session is in 2 rooms already (maxRoomsPerSession)",
      "RoomError: the session is in 2 rooms already (maxRoomsPerSession)",
      "RangeError: session.state of 122 bytes is above maxStateBytes (100)",
    ]);
  });
});
