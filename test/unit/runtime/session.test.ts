import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Session, SessionClosedError } from "../../../src/index.ts";
import { writeAck } from "../../../src/protocol/frames/ack.ts";
import { writeClose } from "../../../src/protocol/frames/close.ts";
import { testServer } from "../../../src/testing/index.ts";
import { rest, ScriptedServer } from "../../client-fixture.ts";
import { ScriptedClient } from "../../scripted-client.ts";

async function echo(session: Session): Promise<void> {
  for await (const message of session) await message.reply(message.text());
}

/** Takes nothing: the client's window stays full. */
async function sleep(session: Session): Promise<void> {
  await session.closed;
}

describe("a request that waits for its place in the window", () => {
  test("rejects when its signal aborts, and is not sent", async () => {
    const texts: string[] = [];
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const server = await testServer(
      async (session) => {
        await gate;
        for await (const message of session) texts.push(message.text());
      },
      { limits: { windowMessages: 1 } },
    );
    const ann = await server.connect();
    await ann.send("first");
    const abort = new AbortController();
    const request = ann.request("second", { signal: abort.signal });
    void ann.send("third");
    await server.advance(50);
    abort.abort(new Error("never mind"));
    await assert.rejects(request, /never mind/);
    open();
    await server.advance(1_000);
    assert.deepEqual(texts, ["first", "third"]);
    await server.close();
  });

  test("rejects when it takes too long", async () => {
    const server = await testServer(sleep, { limits: { windowMessages: 1 } });
    const ann = await server.connect();
    await ann.send("first");
    const rejected = assert.rejects(ann.request("second"), { name: "RequestTimeoutError" });
    await server.advance(31_000);
    await rejected;
    server.kill();
  });

  test("is answered when there is room again", async () => {
    const server = await testServer(echo, { limits: { windowMessages: 1 } });
    const ann = await server.connect();
    await ann.send("first");
    const reply = ann.request("second");
    await server.advance(1_000);
    assert.equal((await reply).text(), "second");
    await server.close();
  });
});

describe("a request that is accepted in the turn in which its session ends rejects with the ending", () => {
  /** How the request ended: the session's own words. */
  const ending = async (request: Promise<unknown>): Promise<readonly [name: string, reason: string]> => {
    const error = await request.catch((caught: unknown) => caught);
    assert.ok(error instanceof SessionClosedError, `${error}`);
    return [error.info.name, error.info.reason];
  };

  test("on a client that is told both at once", async () => {
    const server = new ScriptedServer();
    const ann = await server.open({}, { windowMessages: 1 });
    await ann.send("first");
    const request = ending(ann.request("second"));
    await rest();
    const { last } = server;
    await Promise.all([last.ack(1), last.close("forbidden", { reason: "not for you" })]);
    assert.deepEqual(last.messages, ["1 first", "2 second"]);
    assert.deepEqual(await request, ["forbidden", "not for you"]);
  });

  test("on a server that is told both at once", async () => {
    let request: ReturnType<typeof ending> | undefined;
    const server = await testServer(async (session) => {
      await session.send("first");
      request = ending(session.request("second"));
      await session.closed;
    });
    const client = await ScriptedClient.dial(server);
    await client.open({ windowMessages: 1 });
    await client.ack(0);
    assert.deepEqual(client.messages, ["1 first"]);
    await client.say((writer) => {
      writeAck(writer, 0, 1);
      writeClose(writer, { code: 4100, reason: "had enough", retryAfterMs: 0, sent: 0, received: 1, by: "client" });
    });
    assert.deepEqual(await request, ["application", "had enough"]);
    await server.close();
  });

  test("on the side that closes right behind it", async () => {
    let request: ReturnType<typeof ending> | undefined;
    const server = await testServer(async (session) => {
      await session.receive();
      request = ending(session.request("why?"));
      await session.close({ reason: "never mind" });
    });
    const ann = await server.connect();
    await ann.send("hello");
    await server.advance(1_000);
    assert.deepEqual(await request, ["normal", "never mind"]);
    const bob = await server.connect();
    const asked = ending(bob.request("why?"));
    void bob.close({ reason: "forget it" });
    await server.advance(1_000);
    assert.deepEqual(await asked, ["normal", "forget it"]);
    await server.close();
  });
});

describe("close", () => {
  for (const code of [-1, 0, 1.5, Number.NaN, 1005, 5000, 1001, 1013, 4000, 4008]) {
    test(`refuses ${code}, which ends no session`, async () => {
      const server = await testServer(echo);
      const ann = await server.connect();
      assert.throws(() => void ann.close({ code }), RangeError);
      assert.equal(ann.status, "open");
      await server.close();
    });
  }

  test("with a reason that is too long for the wire gives both sides the same obituary", async () => {
    const server = await testServer(async (session) => {
      await session.close({ code: 4500, reason: "é".repeat(100) });
    });
    const ann = await server.connect();
    await server.advance(1_000);
    const { reason } = await ann.closed;
    assert.equal(reason, "é".repeat(61));
    const event = server.diagnostics.findLast(({ name }) => name === "session-closed");
    assert.ok(event?.name === "session-closed");
    assert.equal(event.info.reason, reason);
    await server.close();
  });
});

test("a change of status is told when it changes, and only then", async () => {
  const told: string[] = [];
  const server = await testServer(async (session) => {
    session.onstatuschange = () => told.push(`${session.peer.form} ${session.status}`);
    await echo(session);
  });
  const ann = await server.connect();
  const bob = await server.connectPlain();
  ann.onstatuschange = () => told.push(`client ${ann.status}`);
  bob.send("hello");
  await bob.line();
  ann.cut();
  await server.advance(5_000);
  assert.deepEqual(told.splice(0).sort(), ["bowline detached", "bowline open", "client detached", "client open"]);
  bob.end();
  void ann.close();
  await server.advance(1_000);
  assert.deepEqual(told.sort(), ["bowline closed", "client closed", "lines closed"]);
  await server.close();
});

test("the error of a session that has ended says how, and nothing else", async () => {
  let error: unknown;
  const server = await testServer(async (session) => {
    error = await session.receive().catch((caught: unknown) => caught);
  });
  const ann = await server.connect();
  void ann.close({ code: 4123, reason: "had enough" });
  await server.advance(1_000);
  assert.ok(error instanceof SessionClosedError);
  assert.deepEqual(error.info, {
    sessionId: ann.id,
    code: 4123,
    name: "application",
    reason: "had enough",
    by: "client",
    retryAfterMs: 0,
  });
  await server.close();
});
