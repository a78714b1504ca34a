import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { test } from "node:test";
import { type Handler, type Message, type Server, serve } from "bowline";
import { type ClientSession, connect } from "bowline/client";
import { defineMessages, MessageError } from "bowline/messages";
import { testServer } from "bowline/testing";
import { WebSocket } from "ws";
import * as z from "zod";

const text = z.object({ text: z.string() });
const talk = defineMessages({
  fromClient: {
    say: text,
    slow: z.object({ text: z.string().refine(async (value) => value !== "no") }),
    count: { request: text, reply: z.object({ count: z.number() }) },
  },
  fromServer: {
    said: text,
    confirm: { request: z.object({ what: z.string() }), reply: z.object({ yes: z.boolean() }) },
  },
});

/** A server with this handler, and one client of it. */
class Pair implements AsyncDisposable {
  readonly server: Server;
  readonly session: ClientSession;

  private constructor(server: Server, session: ClientSession) {
    this.server = server;
    this.session = session;
  }

  static async of(handler: Handler): Promise<Pair> {
    const server = await serve({ port: 0 }, handler);
    return new Pair(server, await connect(`ws://127.0.0.1:${server.address.port}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close();
    await this.server.close({ drainTimeoutMs: 0 });
  }
}

/** A handler that says what it is told, and counts letters. */
const parrot: Handler = async (session) => {
  const typed = talk.server(session);
  await typed.handle({
    say: ({ text }) => typed.send("said", { text }),
    slow: ({ text }) => typed.send("said", { text }),
    count: ({ text }) => {
      if (text === "") throw new MessageError("empty", "there is nothing to count");
      return { count: text.length };
    },
  });
};

test("both sides say, ask and answer", async () => {
  const confirmed: boolean[] = [];
  await using pair = await Pair.of(async (session) => {
    const typed = talk.server(session);
    for await (const received of typed) {
      if (received.type === "say") {
        const { yes } = await typed.request("confirm", { what: received.data.text });
        confirmed.push(yes);
        await typed.send("said", received.data);
      } else if (received.type === "count") await received.reply({ count: received.data.text.length });
    }
  });
  const typed = talk.client(pair.session);
  await typed.send("say", { text: "hello" });
  const asked = await typed.receive();
  assert.ok(asked?.type === "confirm");
  assert.deepEqual(asked.data, { what: "hello" });
  await asked.reply({ yes: true });
  const said = await typed.receive();
  assert.ok(said?.type === "said");
  assert.deepEqual([said.data, said.message.sequence], [{ text: "hello" }, 2]);
  assert.deepEqual(confirmed, [true]);
  assert.deepEqual(await typed.request("count", { text: "hello" }), { count: 5 });
});

test("what is malformed is told to its sender, and the session lives", async () => {
  const seen: string[] = [];
  await using pair = await Pair.of(async (session) => {
    for await (const { type } of talk.server(session)) seen.push(type);
  });
  const typed = talk.client(pair.session);
  for (const [data, complaint] of [
    [{ type: "say" }, /^say malformed text: Invalid input: expected string/],
    [{ type: "shout" }, /^shout malformed a message is an object whose "type" is one of say, slow, count$/],
    ["hello", /^undefined malformed a message is an object/],
    ["{", /^undefined malformed a message is an object/],
    ["[".repeat(100_000) + "]".repeat(100_000), /^undefined malformed a message is an object/],
    [new Uint8Array([123, 125]), /^undefined malformed a message is an object/],
  ] as const) {
    await pair.session.send(data);
    const received = await typed.receive();
    assert.ok(received?.type === "error");
    assert.match(`${received.error.to} ${received.error.reason} ${received.error.message}`, complaint);
  }
  // @ts-expect-error: this is what the compiler is for.
  await assert.rejects(typed.request("count", { text: 7 }), { name: "MessageError", reason: "malformed", to: "count" });
  await typed.send("say", { text: "still here" });
  await pair.session.flush();
  assert.deepEqual(seen, [...Array(7).fill("malformed"), "say"]);
});

test("nobody answers an error with an error", async () => {
  const told: string[] = [];
  await using pair = await Pair.of(async (session) => {
    await talk.server(session).handle({
      say: () => {},
      slow: () => {},
      count: () => ({ count: 0 }),
      error: ({ error }) => void told.push(`${error.to}: ${error.reason}`),
    });
  });
  for (const error of [{ type: "error", to: "said", reason: "odd", message: "no" }, { type: "error" }]) {
    await pair.session.send(error);
  }
  const typed = talk.client(pair.session);
  // Replies come in their turn: had there been anything to read, it would be there.
  await typed.request("count", { text: "" });
  await pair.session.close();
  assert.equal(await typed.receive(), undefined);
  assert.deepEqual(told, ["said: odd", "undefined: unknown"]);
});

test("a handler that throws MessageError refuses, and any other error is its end", async () => {
  await using pair = await Pair.of(parrot);
  const typed = talk.client(pair.session);
  const refused = { name: "MessageError", reason: "empty", to: "count", message: "there is nothing to count" };
  await assert.rejects(typed.request("count", { text: "" }), refused);
  assert.deepEqual(await typed.request("count", { text: "ab" }), { count: 2 });
  // Who waits for no reply reads it in the loop.
  await typed.send("count", { text: "" });
  const error = await typed.receive();
  assert.ok(error?.type === "error");
  assert.equal(error.error.reason, "empty");
  await typed.send("count", { text: "abc" });
  const reply = await typed.receive();
  assert.ok(reply?.type === "reply" && reply.to === "count");
  assert.deepEqual(reply.data, { count: 3 });
});

test("a handler that fails ends its session, as it does in a loop", async () => {
  await using pair = await Pair.of(async (session) => {
    await talk.server(session).handle({
      say: () => {
        throw new TypeError("a bug");
      },
      slow: () => {},
      count: () => ({ count: 0 }),
    });
  });
  const typed = talk.client(pair.session);
  await typed.send("say", { text: "hello" });
  await assert.rejects(typed.receive(), { name: "SessionClosedError" });
  assert.equal((await pair.session.closed).name, "handler-error");
});

test("a table without a handler is refused before anything is read", async () => {
  const { promise, resolve } = deferred<unknown>();
  await using pair = await Pair.of(async (session) => {
    const handlers = { say: () => {} } as unknown as Parameters<ReturnType<typeof talk.server>["handle"]>[0];
    await talk.server(session).handle(handlers).catch(resolve);
  });
  assert.equal(pair.session.status, "open");
  assert.match(String(await promise), /TypeError: there is no handler for slow, count/);
});

test("schemas that wait keep the order", async () => {
  await using pair = await Pair.of(parrot);
  const typed = talk.client(pair.session);
  const order = ["slow", "say", "slow", "say"] as const;
  for (const [index, type] of order.entries()) await typed.send(type, { text: `${index}` });
  await typed.send("slow", { text: "no" });
  await typed.send("say", { text: "last" });
  const heard: string[] = [];
  for await (const { type, data, error } of typed) {
    heard.push(type === "said" ? data.text : `${error?.to}`);
    if (heard.at(-1) === "last") break;
  }
  assert.deepEqual(heard, ["0", "1", "2", "3", "slow", "last"]);
});

test("a reply that is not as it was defined rejects, and says of what", async () => {
  const replies = [
    "ok",
    { type: "reply", to: "count" },
    { type: "reply", to: "say", count: 1 },
    { type: "said", text: "" },
  ];
  await using pair = await Pair.of(async (session) => {
    for await (const message of session)
      await message.reply(replies.shift() ?? { type: "reply", to: "count", count: 1 });
  });
  const typed = talk.client(pair.session);
  for (const complaint of [
    /^the reply to count is not as it is defined: a message is an object/,
    /^the reply to count is not as it is defined: count: Invalid input/,
    /^the reply to count is not as it is defined: it answers nothing that is asked/,
    /^the reply to count is not as it is defined: it is of type said/,
  ]) {
    await assert.rejects(typed.request("count", { text: "" }), (error: MessageError) => {
      assert.deepEqual([error.name, error.reason, error.to], ["MessageError", "malformed-reply", "count"]);
      assert.match(error.message, complaint);
      return true;
    });
  }
  assert.deepEqual(await typed.request("count", { text: "" }), { count: 1 });
});

test("a reply to something else is none", async () => {
  const exchange = { request: z.object({}), reply: z.object({}) };
  const two = defineMessages({ fromClient: { one: exchange, other: exchange } });
  await using pair = await Pair.of(async (session) => {
    for await (const message of session) await message.reply({ type: "reply", to: "other" });
  });
  const typed = two.client(pair.session);
  assert.deepEqual(await typed.request("other"), {});
  await assert.rejects(typed.request("one"), { reason: "malformed-reply", to: "one" });
});

test("a request that nobody awaits fails in silence, when the session ends", async () => {
  const unhandled: unknown[] = [];
  const listen = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", listen);
  try {
    await using pair = await Pair.of(async (session) => void (await session.receive()));
    void talk.client(pair.session).request("count", { text: "" });
    await pair.session.closed;
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("unhandledRejection", listen);
  }
  assert.deepEqual(unhandled, []);
});

test("loops in which not everything is typed give what is to `answer`", async () => {
  await using pair = await Pair.of(async (session) => {
    const typed = talk.server(session);
    const handlers = { say: () => {}, slow: () => {}, count: ({ text }: { text: string }) => ({ count: text.length }) };
    for await (const message of session) {
      if (message.text().startsWith("{")) await typed.answer(message, handlers);
      else await message.reply("plain words");
    }
  });
  const typed = talk.client(pair.session);
  assert.deepEqual(await typed.request("count", { text: "ab" }), { count: 2 });
  assert.equal((await pair.session.request("hello")).text(), "plain words");
  await assert.rejects(typed.request("slow" as "count", { text: "no" }), { name: "MessageError", to: "slow" });
});

test("an answer that comes too late ends nothing but the loop", async () => {
  const { promise, resolve } = deferred<string>();
  await using pair = await Pair.of(async (session) => {
    const typed = talk.server(session);
    const handlers = {
      say: () => {},
      slow: () => {},
      count: async () => {
        await session.close();
        return { count: 0 };
      },
    };
    await typed.handle(handlers).then(
      () => resolve("quietly"),
      (error) => resolve(String(error)),
    );
  });
  await assert.rejects(talk.client(pair.session).request("count", { text: "" }), { name: "SessionClosedError" });
  assert.equal(await promise, "quietly");
});

test("a handler that runs again after a crash says nothing twice", async () => {
  let runs = 0;
  const t = await testServer(
    async (session) => {
      runs += 1;
      const isFirstRun = runs === 1;
      const typed = talk.server(session);
      await typed.handle({
        say: async ({ text }) => {
          await session.room("lobby").send(text);
          await typed.send("said", { text });
          if (isFirstRun && text === "second") await new Promise(() => {});
        },
        slow: () => {},
        count: () => ({ count: 0 }),
      });
    },
    { durable: true },
  );
  const session = await t.connect();
  const typed = talk.client(session);
  for (const text of ["first", "second", "third"]) await typed.send("say", { text });
  await t.advance(1_000);
  t.kill();
  t.restart();
  await t.advance(60_000);
  const entries = await t.room("lobby").history({ limit: 10 });
  assert.deepEqual(
    entries.map((entry) => entry.text()),
    ["first", "second", "third"],
  );
  for (const text of ["first", "second", "third"]) assert.deepEqual((await typed.receive())?.data, { text });
  assert.equal(runs, 2);
  await t.close();
});

test("a gap is read as one, and is no message to answer", () => {
  const gap = { from: 3, to: 5, reason: "trimmed" } as const;
  const message = { gap, isText: true, json: () => assert.fail("it has no content") } as unknown as Message;
  assert.deepEqual(talk.client({} as ClientSession).read(message), { type: "gap", gap, message });
});

test("any WebSocket speaks it by hand, and so does nc", async () => {
  await using pair = await Pair.of(parrot);
  const said = '{"type":"said","text":"hello"}';
  const counted = '{"type":"reply","to":"count","count":2}';
  const { port } = pair.server.address;
  const signal = AbortSignal.timeout(30_000);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, "open", { signal });
  const line = dial({ port, host: "127.0.0.1" }).setEncoding("utf8");
  const frames: string[] = [];
  let lines = "";
  socket.on("message", (data) => void frames.push(String(data)));
  line.on("data", (text) => {
    lines += text;
  });
  for (const request of ['{"type":"say","text":"hello"}', '{"type":"count","text":"ab"}', "{"]) {
    socket.send(request);
    line.write(`${request}\n`);
  }
  while (frames.length < 3) await once(socket, "message", { signal });
  while (lines.split("\n").length < 4) await once(line, "data", { signal });
  socket.terminate();
  line.destroy();
  for (const received of [frames, lines.split("\n")]) {
    assert.deepEqual(received.slice(0, 2), [said, counted]);
    assert.match(received[2] ?? "", /^\{"type":"error","reason":"malformed","message":"a message is an object/);
  }
});

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let settle: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, resolve: (value) => settle(value) };
}
