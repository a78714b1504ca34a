import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ConnectError } from "../../../src/client/errors.ts";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { rest, ScriptedServer } from "../../client-fixture.ts";

describe("the first connection", () => {
  test("opens a session", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    assert.equal(session.id, "s1");
    assert.equal(session.origin, "new");
    assert.equal(session.status, "open");
    assert.equal(server.last.open.sessionId, "");
    assert.equal(server.last.sent[1]?.type, FrameType.ack, "the first frame after OPENED adopts");
  });

  test("rejects with the reason when the server cannot be reached", async () => {
    const server = new ScriptedServer();
    server.network = new Error("connection refused");
    await assert.rejects(server.connect(), (error) => {
      assert.ok(error instanceof ConnectError);
      assert.equal(error.message, "cannot connect to test://server: connection refused");
      assert.equal(error.cause, server.network);
      assert.equal(error.code, undefined);
      return true;
    });
    assert.equal(server.clock.timers, 0, "nothing keeps the process alive");
    assert.equal(server.wakeUps.size, 0);
  });

  test("rejects when no connection comes within openTimeoutMs, and aborts the dial", async () => {
    const server = new ScriptedServer();
    server.network = "silent";
    const connecting = assert.rejects(
      server.connect({ limits: { openTimeoutMs: 500 } }),
      /no connection within 500 ms/,
    );
    await server.clock.advance(500);
    await connecting;
    assert.equal(server.dials[0]?.aborted, true);
  });

  test("rejects when the server does not answer OPEN", async () => {
    const server = new ScriptedServer();
    const connecting = assert.rejects(server.connect(), /no answer within 10000 ms/);
    await server.clock.advance(10_000);
    await connecting;
    assert.ok(server.last.isEnded);
    await server.clock.advance(60_000);
    assert.equal(server.dials.length, 1);
  });

  test("rejects when the connection is lost before OPENED", async () => {
    const server = new ScriptedServer();
    const connecting = assert.rejects(server.connect(), /the connection was lost/);
    await rest();
    await server.last.lose();
    await connecting;
  });

  for (const [name, code] of [
    ["forbidden", 4003],
    ["overloaded", 1013],
    ["unauthenticated", 4001],
    ["protocol-error", 1002],
  ] as const) {
    test(`rejects with the server's code: ${name}`, async () => {
      const server = new ScriptedServer();
      const connecting = assert.rejects(server.connect(), (error) => {
        assert.ok(error instanceof ConnectError);
        assert.equal(error.code, code);
        assert.match(error.message, /because it is so/);
        return true;
      });
      await rest();
      await server.last.close(name, { reason: "because it is so" });
      await connecting;
      assert.equal(server.clock.timers, 0);
    });
  }

  test("with waitOnFirstConnect, goes on until the server is there", async () => {
    const server = new ScriptedServer();
    server.network = new Error("connection refused");
    const connecting = server.connect({ waitOnFirstConnect: true });
    await server.clock.advance(1_000);
    assert.ok(server.dials.length > 2, `${server.dials.length} dials`);
    server.network = "up";
    await server.clock.advance(30_000);
    await server.last.opened();
    assert.equal((await connecting).status, "open");
  });

  test("with waitOnFirstConnect, an overloaded server is left alone for as long as it asks", async () => {
    const server = new ScriptedServer();
    const connecting = server.connect({ waitOnFirstConnect: true });
    await rest();
    await server.last.close("overloaded", { retryAfterMs: 5_000 });
    await server.clock.advance(4_999);
    assert.equal(server.dials.length, 1);
    await server.clock.advance(101);
    assert.equal(server.dials.length, 2);
    await server.last.opened();
    await connecting;
  });

  test("with waitOnFirstConnect, a refusal for good rejects all the same", async () => {
    const server = new ScriptedServer();
    const connecting = assert.rejects(server.connect({ waitOnFirstConnect: true }), /forbidden/);
    await rest();
    await server.last.close("forbidden");
    await connecting;
  });

  test("with maxAttempts, gives up", async () => {
    const server = new ScriptedServer();
    server.network = new Error("connection refused");
    const connecting = assert.rejects(
      server.connect({ waitOnFirstConnect: true, backoff: { maxAttempts: 3 } }),
      ConnectError,
    );
    await server.clock.advance(60_000);
    await connecting;
    assert.equal(server.dials.length, 4);
  });

  test("an aborted signal gives up, with its reason", async () => {
    const server = new ScriptedServer();
    const controller = new AbortController();
    const reason = new Error("enough");
    const connecting = assert.rejects(server.connect({ signal: controller.signal }), reason);
    await rest();
    controller.abort(reason);
    await connecting;
    assert.ok(server.last.isEnded);
    await assert.rejects(server.connect({ signal: controller.signal }), reason);
    await server.clock.advance(60_000);
    assert.equal(server.dials.length, 1);
    assert.equal(server.clock.timers, 0);
  });

  test("a connection that comes after the time was up is ended", async () => {
    const server = new ScriptedServer();
    let arrive = (): void => {};
    const target = {
      peer: server.peer,
      dial: async (...args: Parameters<typeof server.dial>) => {
        await new Promise<void>((resolve) => {
          arrive = resolve;
        });
        return server.dial(...args);
      },
    };
    const { connectTo } = await import("../../../src/client/connect.ts");
    const connecting = assert.rejects(connectTo(target, server, {}), /no connection within/);
    await server.clock.advance(10_000);
    await connecting;
    arrive();
    await rest();
    assert.ok(server.last.isEnded);
    assert.equal(server.last.sent.length, 0);
  });
});

describe("reconnecting", () => {
  test("resumes after a lost connection, and sends again what was not acknowledged", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await session.send("one");
    await session.send("two");
    await rest();
    await server.last.ack(1);
    const statuses: string[] = [];
    session.onstatuschange = () => statuses.push(session.status);
    await server.last.lose();
    await session.send("three");
    await server.clock.advance(100);
    assert.equal(server.connections.length, 2);
    const { sessionId, token, acked, sent, attempt } = server.last.open;
    assert.deepEqual([sessionId, token, acked, sent, attempt], ["s1", "t1", 1, 3, 2]);
    const crcOfOne = 0x7a6c_86f1;
    await server.last.opened({ origin: "resumed", received: 1, checksum: crcOfOne });
    assert.deepEqual(server.last.messages, ["2 two", "3 three"]);
    assert.equal(server.last.sent[1]?.type, FrameType.ack, "first of all: what comes after may not get through");
    assert.deepEqual(statuses, ["detached", "open"]);
    assert.equal(session.origin, "resumed");
  });

  test("backs off with full jitter, and begins anew after a success", async () => {
    const server = new ScriptedServer();
    server.chance = 0.999;
    await server.open();
    server.network = new Error("no route");
    const lostAt = server.clock.now();
    await server.last.lose();
    await server.clock.advance(4_000);
    const waits = server.dialedAt.slice(1).map((at, index, all) => Math.round(at - (all[index - 1] ?? lostAt)));
    assert.deepEqual(waits, [100, 200, 400, 799, 1_598]);
    server.network = "up";
    await server.clock.advance(4_000);
    await server.last.opened({ origin: "resumed" });
    const before = server.clock.now();
    await server.last.lose();
    await server.clock.advance(200);
    assert.equal(Math.round((server.dialedAt.at(-1) ?? 0) - before), 100);
  });

  test("going-away is resumed after retryAfterMs", async () => {
    const server = new ScriptedServer();
    await server.open();
    await server.last.close("going-away", { retryAfterMs: 3_000 });
    await server.clock.advance(2_999);
    assert.equal(server.dials.length, 1);
    await server.clock.advance(101);
    assert.equal(server.dials.length, 2);
  });

  test("heartbeat-timeout is resumed at once", async () => {
    const server = new ScriptedServer();
    await server.open();
    await server.last.close("heartbeat-timeout");
    await server.clock.advance(100);
    assert.equal(server.dials.length, 2);
  });

  for (const name of ["kicked", "forbidden", "handler-error", "protocol-error", "rate-limited", "replaced"] as const) {
    test(`${name} ends the session`, async () => {
      const server = new ScriptedServer();
      const session = await server.open();
      await server.last.close(name);
      assert.equal((await session.closed).name, name);
      await server.clock.advance(60_000);
      assert.equal(server.dials.length, 1);
      assert.equal(server.clock.timers, 0);
    });
  }

  test("session-expired on a resume ends it, and hands back what was not delivered", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await session.send("lost?");
    await server.last.lose();
    await server.clock.advance(100);
    await server.last.close("session-expired");
    const info = await session.closed;
    assert.equal(info.code, 4004);
    assert.deepEqual(
      info.undelivered.map(({ sequence }) => sequence),
      [1],
    );
  });

  test("what wakes the network up ends the waiting", async () => {
    const server = new ScriptedServer();
    await server.open();
    server.network = new Error("no route");
    await server.last.lose();
    await server.clock.advance(200_000);
    const before = server.dials.length;
    server.network = "up";
    server.wakeUp();
    server.wakeUp();
    await rest();
    assert.equal(server.dials.length, before + 1);
    await server.last.opened({ origin: "resumed" });
    server.wakeUp();
    await rest();
    assert.equal(server.dials.length, before + 1, "nobody dials while connected");
  });

  test("a silent server is left after two heartbeats", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await server.clock.advance(29_999);
    assert.equal(session.status, "open");
    await server.clock.advance(101);
    assert.ok(server.connections[0]?.isEnded);
    assert.equal(server.dials.length, 2);
  });

  test("gives the session up after maxAttempts, and says so", async () => {
    const server = new ScriptedServer();
    const session = await server.open({ backoff: { maxAttempts: 2 } });
    await session.send("lost?");
    server.network = new Error("no route");
    await server.last.lose();
    await server.clock.advance(60_000);
    const info = await session.closed;
    assert.deepEqual([info.name, info.by, info.confirmed], ["session-expired", "network", false]);
    assert.match(info.reason, /no route/);
    assert.equal(info.undelivered.length, 1);
    assert.equal(session.status, "closed");
  });
});

describe("closing", () => {
  test("close() says so, and ends with the server's answer", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    const closing = session.close();
    await rest();
    assert.equal(server.last.sent.at(-1)?.type, FrameType.close);
    await server.last.close("normal");
    const info = await closing;
    assert.deepEqual([info.name, info.by, info.confirmed], ["normal", "server", true]);
    assert.ok(server.last.isEnded);
    assert.equal(server.clock.timers, 0);
    assert.equal(server.wakeUps.size, 0);
  });

  test("close() without a connection goes on dialing to say it, until closeTimeoutMs", async () => {
    const server = new ScriptedServer();
    const session = await server.open();
    await server.last.lose();
    const closing = session.close();
    await server.clock.advance(100);
    assert.equal(server.dials.length, 2);
    await server.clock.advance(5_000);
    assert.equal((await closing).confirmed, false);
    const dials = server.dials.length;
    await server.clock.advance(60_000);
    assert.equal(server.dials.length, dials);
  });

  test("aborting the signal closes the session", async () => {
    const server = new ScriptedServer();
    const controller = new AbortController();
    const session = await server.open({ signal: controller.signal });
    controller.abort();
    await rest();
    await server.last.close("normal");
    assert.equal((await session.closed).name, "normal");
  });

  test("await using closes it", async () => {
    const server = new ScriptedServer();
    let ended: Promise<unknown> | undefined;
    const using = (async () => {
      await using session = await server.open();
      ended = session.closed;
    })();
    await rest();
    await rest();
    await server.last.close("normal");
    await using;
    await ended;
  });
});
