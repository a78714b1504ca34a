import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FrameType } from "../../../src/protocol/frames/frame.ts";
import { MessageFlag } from "../../../src/protocol/frames/message.ts";
import { writeOpened } from "../../../src/protocol/frames/opened.ts";
import { writePing } from "../../../src/protocol/frames/ping.ts";
import type { Message } from "../../../src/runtime/message.ts";
import { testServer } from "../../../src/testing/index.ts";
import { ScriptedClient } from "../../scripted-client.ts";
import { again, echo, type Handler, opened, wait } from "../../scripted-session.ts";

describe("messages", () => {
  test("are acknowledged when the handler is done with them, by the time the next is asked for", async () => {
    let finish = (): void => {};
    const { server, client } = await opened(async (session) => {
      for await (const _ of session) await new Promise<void>((resolve) => (finish = resolve));
    });
    await client.message(1, "one");
    await server.advance(100);
    assert.deepEqual(numbers(client), [0]);
    finish();
    await server.advance(25);
    assert.deepEqual(numbers(client), [0]);
    await server.advance(10);
    assert.deepEqual(numbers(client), [0, 1]);
  });

  test("that come again are dropped, and acknowledged again", async () => {
    const { client } = await opened(echo);
    await client.message(1, "one");
    await client.message(1, "one");
    assert.deepEqual(client.messages, ["1 echo one"]);
    assert.equal(numbers(client).at(-1), 1);
  });

  test("out of turn end the session", async () => {
    const { client } = await opened(echo);
    await client.message(2, "two");
    assert.deepEqual(client.closed, [1002, "message 2 came after 0"]);
  });

  test("outside the window end it, too", async () => {
    const { client } = await opened(wait, { limits: { windowMessages: 2 } });
    for (const sequence of [1, 2, 3]) await client.message(sequence, "x");
    assert.deepEqual(client.closed, [1002, "a message was sent outside the window"]);
  });

  test("that are too large end it with a code of their own", async () => {
    const { client } = await opened(wait, { limits: { maxMessageBytes: 10 } });
    await client.message(1, "12345678901");
    assert.equal(client.closed[0], 1009);
  });

  test("that nobody has sent cannot be acknowledged", async () => {
    const { client } = await opened(echo);
    await client.ack(1);
    assert.deepEqual(client.closed, [1002, "1 was acknowledged, but only 0 had been sent"]);
  });

  test("wait for the window that the client offers", async () => {
    const server = await testServer(async (session) => {
      for (let count = 1; count <= 5; count += 1) await session.send(`${count}`);
    });
    const client = await ScriptedClient.dial(server);
    await client.open({ windowMessages: 2 });
    await client.ack(0);
    assert.deepEqual(client.messages, ["1 1", "2 2"]);
    await client.ack(1);
    assert.deepEqual(client.messages.length, 3);
    await client.ack(3);
    assert.deepEqual(client.messages.length, 5);
  });

  test("that are not acknowledged come again on the next connection, in a window that is smaller by now", async () => {
    const { server, client } = await opened(async (session) => {
      for (let count = 1; count <= 5; count += 1) await session.send(`${count}`);
      await session.closed;
    });
    const second = await again(server, client, { received: 1, windowMessages: 2 });
    assert.deepEqual(second.messages, ["2 2", "3 3"]);
    await second.ack(3);
    assert.deepEqual(second.messages, ["2 2", "3 3", "4 4", "5 5"]);
  });

  test("larger than the window go alone", async () => {
    const server = await testServer(async (session) => {
      for (const text of ["a".repeat(50), "b", "c"]) await session.send(text);
    });
    const client = await ScriptedClient.dial(server);
    await client.open({ windowBytes: 20 });
    await client.ack(0);
    assert.equal(client.messages.length, 1);
    await client.ack(1);
    assert.equal(client.messages.length, 3);
  });
});

describe("replies", () => {
  const limits = { windowMessages: 8, windowBytes: 1_000 };

  /** A handler that answers each request with so many bytes. */
  function answer(bytes: number, taken: number[] = []): Handler {
    return async (session) => {
      for await (const message of session) {
        taken.push(message.sequence);
        void message.reply("x".repeat(bytes));
      }
    };
  }

  async function ask(client: ScriptedClient, from: number, to: number): Promise<void> {
    for (let number = from; number <= to; number += 1) await client.message(number, "?", MessageFlag.wantsReply);
  }

  test("that nobody takes stop the handler at a window of messages, and its client with it", async () => {
    const taken: number[] = [];
    const { client } = await opened(answer(1, taken), { limits });
    await ask(client, 1, 16);
    assert.equal(taken.length, 8);
    assert.equal(client.messages.length, 8);
    assert.deepEqual(client.all(FrameType.close), []);
    await ask(client, 17, 17);
    assert.deepEqual(client.closed, [1002, "a message was sent outside the window"]);
  });

  test("that nobody takes stop the handler at a window of bytes", async () => {
    const taken: number[] = [];
    const { server, client } = await opened(answer(400, taken), { limits });
    await ask(client, 1, 6);
    assert.equal(taken.length, 3);
    await client.ack(1);
    assert.equal(taken.length, 4);
    await client.ack(4);
    await server.advance(10);
    assert.equal(taken.length, 6);
  });

  test("that have arrived stop nobody, also behind a message that the client leaves unread", async () => {
    const { client } = await opened(
      async (session) => {
        await session.send("welcome");
        await answer(100)(session);
      },
      { limits },
    );
    for (let number = 1; number <= 100; number += 1) {
      await ask(client, number, number);
      for (const ping of client.all(FrameType.ping).slice(client.pongs)) await client.pong(ping.data);
    }
    assert.equal(client.messages.length, 101);
  });

  test("that were forgotten are empty for a client that was restarted since then", async () => {
    const { server, client } = await opened(answer(300), { limits });
    await ask(client, 1, 4);
    await client.pong(client.only(FrameType.ping).data);
    const second = await again(server, client, { instance: "fedcba9876543210", sent: 4, acked: 4 });
    assert.deepEqual(
      second.all(FrameType.message).map(({ sequence, isReply, repliesTo, byteLength }) => {
        return [sequence, isReply, repliesTo, byteLength];
      }),
      [
        [1, true, 1, 0],
        [2, true, 1, 0],
        [3, true, 3, 300],
        [4, true, 4, 300],
      ],
    );
  });

  test("end the session when a handler that answers many at once has far too many of them", async () => {
    const requests: Message[] = [];
    const { server, client } = await opened(
      async (session) => {
        for await (const message of session) requests.push(message);
      },
      { limits: { ...limits, sessionWindowBytes: 1_000 } },
    );
    await ask(client, 1, 7);
    for (const request of requests.slice(0, 4)) await request.reply("x".repeat(7_800));
    await server.advance(10);
    assert.deepEqual(client.all(FrameType.close), []);
    void requests[4]?.reply("x".repeat(7_800));
    await server.advance(100);
    assert.deepEqual(client.closed, [4009, "replies were not taken in time"]);
  });
});

describe("the window", () => {
  test("of a client that offers more than the server's limits is the server's", async () => {
    const server = await testServer(
      async (session) => {
        for (let count = 1; count <= 5; count += 1) await session.send("x".repeat(40));
      },
      { limits: { windowMessages: 3, windowBytes: 1_000 } },
    );
    const greedy = await ScriptedClient.dial(server);
    await greedy.open({ windowMessages: Number.MAX_SAFE_INTEGER, windowBytes: Number.MAX_SAFE_INTEGER });
    await greedy.ack(0);
    assert.equal(greedy.messages.length, 3);
  });

  test("in bytes is the smaller one as well", async () => {
    const server = await testServer(
      async (session) => {
        for (let count = 1; count <= 5; count += 1) await session.send("x".repeat(40));
      },
      { limits: { windowBytes: 100 } },
    );
    const greedy = await ScriptedClient.dial(server);
    await greedy.open({ windowBytes: Number.MAX_SAFE_INTEGER });
    await greedy.ack(0);
    assert.equal(greedy.messages.length, 2);
  });
});

describe("other frames", () => {
  test("PING is answered at once", async () => {
    const { client } = await opened(wait);
    await client.say((writer) => writePing(writer, Uint8Array.of(7, 8)));
    assert.deepEqual([...client.only(FrameType.pong).data], [7, 8]);
  });

  test("what only a server says ends the session", async () => {
    const { client } = await opened(wait);
    const { type: _, ...fields } = client.opened;
    await client.say((writer) => writeOpened(writer, fields));
    assert.equal(client.closed[0], 1002);
  });
});

describe("a line that falls silent", () => {
  const limits = { heartbeatMs: 1_000, resumeWindowMs: 10_000 };

  test("is pinged, and given up; the session is not", async () => {
    const { server, client } = await opened(echo, { limits });
    await server.advance(1_010);
    assert.equal(client.all(FrameType.ping).length, 1);
    await server.advance(1_000);
    assert.equal(client.closed[0], 4008);
    assert.equal(client.isLost, true);
    const second = await again(server, client, {});
    assert.equal(second.opened.origin, "resumed");
  });

  test("is kept while the client answers", async () => {
    const { server, client } = await opened(echo, { limits });
    for (let beats = 0; beats < 10; beats += 1) {
      await server.advance(1_000);
      await client.pong();
    }
    assert.equal(client.isLost, false);
    assert.ok(client.all(FrameType.ping).length <= 10, "no more than one ping a heartbeat");
  });

  test("ends the session when its client stays away for the resume window", async () => {
    const { server, client } = await opened(wait, { limits });
    client.cut();
    await server.advance(10_001);
    assert.equal(server.run.server.size, 0);
    const late = await ScriptedClient.dial(server);
    await late.reopen(client.opened);
    assert.equal(late.closed[0], 4004);
  });
});

describe("tokens", () => {
  test("are renewed every quarter of the resume window", async () => {
    const { server, client } = await opened(wait, { limits: { resumeWindowMs: 4_000 } });
    await server.advance(3_010);
    const tokens = client.all(FrameType.token).map(({ token }) => token);
    assert.equal(new Set([client.opened.token, ...tokens]).size, 4);
  });

  test("of a durable session come when its record is written", async () => {
    const { server, client } = await opened(wait, { durable: true });
    const second = await ScriptedClient.dial(server);
    await second.reopen(client.opened);
    assert.equal(second.opened.token, client.opened.token);
    await second.ack(0);
    assert.notEqual(second.only(FrameType.token).token, client.opened.token);
  });
});

describe("credentials", () => {
  test("that end, and are not renewed, end the session", async () => {
    const { server, client } = await opened(wait, {
      limits: { heartbeatMs: 60_000 },
      authenticate: () => ({ identity: "ann", expiresAt: 1_700_000_005_000 }),
    });
    assert.ok(client.opened.expiresInMs > 4_900);
    await server.advance(5_000);
    assert.deepEqual(client.closed, [4001, "the credential has expired"]);
  });

  test("that end while the client is away end nothing: whoever comes back shows another", async () => {
    let expiresAt = 1_700_000_005_000;
    const { server, client } = await opened(echo, { authenticate: () => ({ identity: "ann", expiresAt }) });
    client.cut();
    await server.advance(10_000);
    expiresAt = 1_700_000_020_000;
    const second = await again(server, client, {});
    await second.message(1, "one");
    assert.deepEqual(second.messages, ["1 echo one"]);
    await server.advance(10_000);
    assert.deepEqual(second.closed, [4001, "the credential has expired"]);
  });
});

describe("requests", () => {
  test("a reply is taken although the window is full of messages", async () => {
    const { client } = await opened(
      async (session) => {
        const reply = await session.request("who are you?");
        await session.send(`hello ${reply.text()}`);
        await session.closed;
      },
      { limits: { windowMessages: 2 } },
    );
    for (const sequence of [1, 2]) await client.message(sequence, "x");
    await client.message(3, "ann", MessageFlag.isReply, 1);
    assert.deepEqual(client.messages, ["1 who are you?", "2 hello ann"]);
  });
});

function numbers(client: ScriptedClient): number[] {
  return client.all(FrameType.ack).map(({ number }) => number);
}
