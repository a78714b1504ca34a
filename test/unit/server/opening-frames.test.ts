import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import type { ServerSession } from "../../../src/runtime/public-sessions.ts";
import { type TestServerOptions, testServer } from "../../../src/testing/index.ts";
import type { TestServer } from "../../../src/testing/test-server.ts";
import { ScriptedClient } from "../../scripted-client.ts";

interface Runs {
  readonly server: TestServer;
  /** The sessions whose handler has started, in order. */
  readonly started: string[];
}

/** A server whose handler takes one message after the other and says that it has. */
async function counting(options: TestServerOptions = {}): Promise<Runs> {
  const started: string[] = [];
  const server = await testServer(async (session: ServerSession) => {
    started.push(session.id);
    for await (const message of session) {
      if (message.text() === "bye") return;
      await session.send(`took ${message.text()}`);
    }
  }, options);
  return { server, started };
}

/** A client whose session is open, and has been adopted. */
async function opened(server: TestServer): Promise<ScriptedClient> {
  const client = await ScriptedClient.dial(server);
  await client.open();
  await client.ack(0);
  return client;
}

describe("OPEN proposes, OPENED answers, and the next frame adopts", () => {
  test("nothing is started before the client's next frame", async () => {
    const { server, started } = await counting();
    const client = await ScriptedClient.dial(server);
    await client.open();
    assert.equal(client.opened.origin, "new");
    assert.deepEqual([started.length, server.run.server.size], [0, 0]);
    await client.ack(0);
    assert.deepEqual(started, [client.opened.sessionId]);
  });

  test("that frame counts, whatever it is", async () => {
    const { server } = await counting();
    const client = await ScriptedClient.dial(server);
    await client.open();
    await client.message(1, "one");
    assert.deepEqual(client.messages, ["1 took one"]);
  });

  test("a client that says nothing after OPENED is dropped, and leaves nothing behind", async () => {
    const { server, started } = await counting();
    const client = await ScriptedClient.dial(server);
    await client.open();
    await server.advance(10_001);
    assert.equal(client.isLost, true);
    assert.deepEqual([started.length, server.run.server.size], [0, 0]);
  });

  test("a connection whose first frame is another gets 1002", async () => {
    const { server } = await counting();
    const client = await ScriptedClient.dial(server);
    await client.ack(0);
    assert.equal(client.closed[0], 1002);
    assert.equal(client.isLost, true);
  });

  test("a client whose new session has numbers already gets 1002", async () => {
    const { server } = await counting();
    for (const numbers of [{ received: 1 }, { acked: Number.MAX_SAFE_INTEGER }]) {
      const client = await ScriptedClient.dial(server);
      await client.open(numbers);
      assert.deepEqual(client.closed, [1002, "a new session has no numbers yet"]);
    }
  });

  test("a client that speaks between OPEN and OPENED gets 1002", async () => {
    let admit = (): void => {};
    const { server } = await counting({
      authenticate: () =>
        new Promise((resolve) => {
          admit = () => resolve({ identity: "ann" });
        }),
    });
    const client = await ScriptedClient.dial(server);
    await client.open();
    await client.ack(0);
    admit();
    assert.equal(client.closed[0], 1002);
  });
});

describe("resuming", () => {
  test("goes on with the session that is there", async () => {
    const { server, started } = await counting();
    const first = await opened(server);
    await first.message(1, "one");
    first.cut();
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { received: 0, sent: 1 });
    const { origin, received, sent, sessionId } = second.opened;
    assert.deepEqual([origin, received, sent, sessionId], ["resumed", 1, 1, first.opened.sessionId]);
    await second.ack(0);
    assert.deepEqual(second.messages, ["1 took one"]);
    assert.equal(started.length, 1);
  });

  test("replaces a connection that still looks alive, and tells it so", async () => {
    const { server } = await counting();
    const first = await opened(server);
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened);
    assert.equal(first.isLost, false, "an offer takes nothing over");
    await second.ack(0);
    assert.equal(first.closed[0], 4000);
    assert.equal(first.isLost, true);
    await second.message(1, "one");
    assert.deepEqual(second.messages, ["1 took one"]);
  });

  test("with a token that is not good gets 4004", async () => {
    const { server } = await counting();
    const first = await opened(server);
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { token: `${first.opened.token}x` });
    assert.equal(second.closed[0], 4004);
    const other = await opened(server);
    const third = await ScriptedClient.dial(server);
    await third.reopen(first.opened, { token: other.opened.token });
    assert.equal(third.closed[0], 4004, "another session's token");
  });

  test("as somebody else gets 4003", async () => {
    const { server } = await counting({ authenticate: ({ credential }) => ({ identity: credential }) });
    const credential = (name: string): Uint8Array => new TextEncoder().encode(name);
    const ann = await ScriptedClient.dial(server);
    await ann.open({ credential: credential("ann") });
    await ann.ack(0);
    const bob = await ScriptedClient.dial(server);
    await bob.reopen(ann.opened, { credential: credential("bob") });
    assert.equal(bob.closed[0], 4003);
  });

  test("what has ended gets the words it ended with, also from the next server", async () => {
    const { server, started } = await counting();
    const first = await opened(server);
    await first.message(1, "bye");
    await first.ack(0);
    first.cut();
    server.restart();
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { sent: 1 });
    const { code, sent, received, by } = second.only(FrameType.close);
    assert.deepEqual([code, sent, received, by], [1000, 0, 1, "server"]);
    assert.equal(started.length, 1);
  });

  test("whoever comes back to a session that ends never brings it to life again, however long that takes", async () => {
    const { server, started } = await counting();
    let client = await opened(server);
    await client.message(1, "one");
    await client.message(2, "bye");
    for (const attempt of [2, 3]) {
      client.cut();
      await server.advance(100_000);
      const next = await ScriptedClient.dial(server);
      await next.reopen(client.opened, { sent: 2, attempt });
      assert.equal(next.opened.origin, "resumed");
      await next.ack(0);
      client = next;
    }
    client.cut();
    await server.advance(50_000);
    server.restart();
    const last = await ScriptedClient.dial(server);
    await last.reopen(client.opened, { sent: 2, attempt: 4 });
    assert.equal(last.closed[0], 4004);
    assert.equal(started.length, 1);
  });

  test("after the token ran out, with no session here, gets 4004", async () => {
    const { server } = await counting();
    const first = await opened(server);
    server.restart();
    server.wallClockSkewMs = 121_000;
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened);
    assert.equal(second.closed[0], 4004);
  });

  test("with more received than was sent gets 1002", async () => {
    const { server } = await counting();
    const first = await opened(server);
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { received: 5 });
    assert.equal(second.closed[0], 1002);
  });
});

describe("dials of one client that overtake each other", () => {
  test("a late OPEN is closed without a word", async () => {
    const { server } = await counting();
    const first = await opened(server);
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { attempt: 3 });
    await second.ack(0);
    const late = await ScriptedClient.dial(server);
    await late.reopen(first.opened, { attempt: 2 });
    assert.deepEqual([late.frames.length, late.isLost, second.isLost], [0, true, false]);
  });

  test("a late adoption is, too", async () => {
    const { server } = await counting();
    const first = await opened(server);
    const late = await ScriptedClient.dial(server);
    await late.reopen(first.opened, { attempt: 2 });
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { attempt: 3 });
    await second.ack(0);
    await late.ack(0);
    assert.deepEqual([late.isLost, second.isLost], [true, false]);
  });

  test("an adoption that comes after another one's session has ended starts nothing", async () => {
    const { server, started } = await counting();
    const first = await opened(server);
    server.restart();
    const late = await ScriptedClient.dial(server);
    await late.reopen(first.opened, { attempt: 2 });
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { attempt: 3 });
    assert.deepEqual([late.opened.origin, second.opened.origin], ["revived", "revived"]);
    await second.message(1, "bye");
    await second.close({ sent: 1 });
    assert.equal(server.run.server.size, 0);
    await late.ack(0);
    assert.equal(late.isLost, true);
    assert.equal(started.length, 2);
  });
});

describe("copies of a client", () => {
  const COPY = "fedcba9876543210";

  test("one that is behind is told that another carries the session", async () => {
    const { server } = await counting();
    const first = await opened(server);
    await first.message(1, "one");
    const copy = await ScriptedClient.dial(server);
    await copy.reopen(first.opened, { instance: COPY, sent: 0 });
    assert.equal(copy.closed[0], 4000);
    assert.equal(first.isLost, false);
  });

  test("one that takes over is the client from then on", async () => {
    const { server } = await counting();
    const first = await opened(server);
    const copy = await ScriptedClient.dial(server);
    await copy.reopen(first.opened, { instance: COPY, attempt: 1 });
    await copy.ack(0);
    assert.equal(first.closed[0], 4000);
    const again = await ScriptedClient.dial(server);
    await again.reopen(first.opened, { attempt: 9 });
    assert.equal(again.closed[0], 4000, "who was superseded stays so");
  });

  test("one that was offered a session which then went on does not get it", async () => {
    const { server } = await counting();
    const first = await opened(server);
    const copy = await ScriptedClient.dial(server);
    await copy.reopen(first.opened, { instance: COPY });
    await first.message(1, "one");
    await copy.ack(0);
    assert.deepEqual([copy.isLost, first.isLost], [true, false]);
  });
});

describe("when the server was killed", () => {
  test("a session that was not durable is revived, and goes on where its client is", async () => {
    const { server, started } = await counting();
    const first = await opened(server);
    await first.message(1, "one");
    await first.message(2, "two");
    server.restart();
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { received: 2, acked: 1, sent: 2 });
    const { origin, received, sent } = second.opened;
    assert.deepEqual([origin, received, sent], ["revived", 1, 2]);
    await second.message(2, "two");
    assert.deepEqual(second.messages, ["3 took two"]);
    assert.deepEqual(started, [first.opened.sessionId, first.opened.sessionId]);
  });

  test("a durable one is resumed from its record", async () => {
    const { server } = await counting({ durable: true });
    const first = await opened(server);
    await first.message(1, "one");
    server.restart();
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened, { received: 0, acked: 0, sent: 1 });
    const { origin, received, sent } = second.opened;
    assert.deepEqual([origin, received, sent], ["resumed", 1, 1]);
    await second.ack(0);
    assert.deepEqual(second.messages, ["1 took one"]);
  });

  test("a durable one whose client never adopted it begins", async () => {
    const { server, started } = await counting({ durable: true });
    const first = await ScriptedClient.dial(server);
    await first.open();
    server.restart();
    const second = await ScriptedClient.dial(server);
    await second.reopen(first.opened);
    assert.equal(second.opened.origin, "new");
    await second.ack(0);
    assert.deepEqual(started, [first.opened.sessionId]);
  });
});

describe("who may come in", () => {
  test("nobody new above maxSessions; who resumes may", async () => {
    const { server } = await counting({ limits: { maxSessions: 1 } });
    const first = await opened(server);
    const second = await ScriptedClient.dial(server);
    await second.open();
    const { code, retryAfterMs } = second.only(FrameType.close);
    assert.equal(code, 1013);
    assert.ok(retryAfterMs > 0);
    const again = await ScriptedClient.dial(server);
    await again.reopen(first.opened);
    assert.equal(again.opened.origin, "resumed");
  });

  test("nobody whom `authenticate` does not know, or for whom it throws", async () => {
    const { server } = await counting({
      authenticate: ({ credential }) => {
        if (credential === "broken") throw new Error("no database");
        return undefined;
      },
    });
    for (const [credential, code] of [
      ["", 4001],
      ["broken", 1013],
    ] as const) {
      const client = await ScriptedClient.dial(server);
      await client.open({ credential: new TextEncoder().encode(credential) });
      assert.equal(client.closed[0], code);
      assert.doesNotMatch(client.closed[1], /database/);
    }
  });
});
