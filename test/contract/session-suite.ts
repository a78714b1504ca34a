import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DEFAULT_LIMITS, type ServeOptions, type Server, serve, type ThreadOptions } from "bowline";
import { type ClientSession, type ConnectOptions, connect } from "bowline/client";
import { CuttingProxy } from "../cutting-proxy.ts";
import { RawClient } from "../raw-client.ts";

const timeout = 60_000;
const each = { timeout: 10_000 };
const handler = new URL("./session-handler.js", import.meta.url);

/** The whole of `Session`, as a handler uses it, wherever that runs. */
export function sessionSuite(name: string, options: Omit<ThreadOptions, "handler">): void {
  describe(`a handler ${name}`, { timeout }, () => {
    let server: Server;
    let url: string;
    const open = (more: ConnectOptions = {}): Promise<ClientSession> => connect(url, more);

    before(async () => {
      const authenticate: ServeOptions["authenticate"] = ({ credential }) => ({ identity: { name: credential } });
      server = await serve({ port: 0, ...options, handler, authenticate });
      url = `bowline://127.0.0.1:${server.address.port}`;
    });
    after(() => server.close({ drainTimeoutMs: 0 }));

    async function heard(session: ClientSession, count = 1): Promise<string[]> {
      const texts: string[] = [];
      while (texts.length < count) texts.push((await session.receive())?.text() ?? "(end)");
      return texts;
    }

    /** What the handlers told of themselves, once `last` is among it. */
    async function told(last: string): Promise<string[]> {
      for (;;) {
        const texts = (await server.room("told").history({ limit: 1_000 })).map((entry) => entry.text());
        if (texts.some((text) => text.startsWith(last))) return texts;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }

    test("gets text and bytes, and sends text, bytes and JSON", each, async () => {
      await using session = await open();
      await session.send("echo ä\u{1F600}");
      await session.send(new Uint8Array([0, 255, 10]));
      await session.send("json");
      assert.equal((await session.receive())?.text(), "echo ä\u{1F600}");
      const bytes = await session.receive();
      assert.deepEqual([bytes?.isText, [...(bytes?.bytes() ?? [])]], [false, [0, 255, 10]]);
      assert.deepEqual((await session.receive())?.json(), { a: [1, { b: "ü" }] });
    });

    test("is refused what cannot be sent, with errors of the right class", each, async () => {
      await using session = await open();
      for (const way of ["too-big", "no-message", "big-state", "bad-room", "close-badly"]) await session.send(way);
      const said = await heard(session, 5);
      assert.match(said[0] ?? "", /^true a message of 2000000 bytes is above maxMessageBytes/);
      assert.deepEqual(said.slice(1), ["true", "true", "true RoomError true", "true"]);
    });

    test("knows who it talks to", each, async () => {
      await using session = await open({ credential: "ann" });
      await session.send("who");
      const who = (await session.receive())?.json() as Record<string, unknown>;
      const { id } = session;
      const address = "127.0.0.1";
      const identity = { name: "ann" };
      const expected = { id, origin: "new", identity, restarted: 0, form: "bowline", address, status: "open" };
      assert.deepEqual(who, { ...expected, lineEnding: "" });
    });

    test("keeps state", each, async () => {
      await using session = await open();
      await session.send("state one");
      await session.send("state two");
      assert.deepEqual((await session.receive())?.json(), { before: "none", after: { value: "one" } });
      assert.deepEqual((await session.receive())?.json(), { before: { value: "one" }, after: { value: "two" } });
    });

    test("answers requests, and has its own answered", each, async () => {
      await using session = await open();
      const replies = await Promise.all(["a", "b", "c"].map((text) => session.request(text)));
      assert.deepEqual(
        replies.map((reply) => reply.text()),
        ["re: a", "re: b", "re: c"],
      );
      await session.send("ask");
      const question = await session.receive();
      assert.deepEqual([question?.wantsReply, question?.json()], [true, { question: "name?" }]);
      await question?.reply("ann");
      assert.deepEqual(await heard(session), ["you are ann"]);
      await session.send("ask-and-give-up");
      assert.deepEqual((await heard(session, 2)).sort(), ["no patience", "silence"]);
    });

    test("flushes", each, async () => {
      await using session = await open();
      await session.send("flush");
      assert.deepEqual(await heard(session, 2), ["flushing", "flushed"]);
    });

    test("has rooms: join, send, history, members, leave", each, async () => {
      const room = "lobby";
      await using ann = await open({ credential: "ann" });
      await using bob = await open({ credential: "bob" });
      await ann.send(`say ${room} before`);
      assert.deepEqual(await heard(ann), ["said"]);
      for (const session of [ann, bob]) {
        await session.send(`join ${room}`);
        assert.deepEqual((await heard(session, 2)).sort(), ["before", `joined ${room}`]);
      }
      await bob.send(`say-with-text ${room}`);
      assert.deepEqual((await heard(ann, 3)).sort(), ["\x01\x02\x03", "fleeting", '{"rich":true}']);
      assert.deepEqual((await heard(bob, 4)).filter((text) => text === "said").length, 1);
      await ann.send(`say-once ${room}`);
      assert.deepEqual((await heard(ann, 2)).sort(), ["once", "said"]);
      await heard(bob);
      await ann.send(`history ${room}`);
      assert.deepEqual((await ann.receive())?.json(), ["before", '{"rich":true}', [1, 2, 3], "once"]);
      await ann.send(`members ${room}`);
      assert.deepEqual((await ann.receive())?.json(), [
        [ann.id, { name: "ann" }, false],
        [bob.id, { name: "bob" }, false],
      ]);
      await bob.send(`leave ${room}`);
      await bob.send(`say ${room} goodbye`);
      assert.deepEqual(await heard(bob, 2), ["left", "said"]);
      assert.deepEqual(await heard(ann), ["goodbye"]);
    });

    test("is told when a room did not take what nobody waited for", each, async () => {
      const session = await open();
      await session.send("room-too-big told");
      assert.equal((await session.closed).name, "handler-error");
    });

    test("reads alone", each, async () => {
      await using session = await open();
      await session.send("second");
      assert.deepEqual(await heard(session), ["ConcurrentReadError"]);
      await session.send("first come");
      assert.deepEqual(await heard(session), ["then first come"]);
    });

    test("hears of connections that come and go", each, async () => {
      await using proxy = await CuttingProxy.to(server.address.port);
      await using session = await connect(`bowline://127.0.0.1:${proxy.port}`);
      await session.send("hello");
      await heard(session);
      proxy.cut();
      await session.send("again");
      assert.deepEqual(await heard(session), ["again"]);
      await told("detached");
    });

    test("hears of the end, whoever brings it about", each, async () => {
      const session = await open();
      await session.send("signalled");
      await heard(session);
      await session.close({ code: 4321, reason: "enough" });
      const texts = await told(`over ${session.id}`);
      assert.ok(texts.includes("aborted true 4321"), texts.join("\n"));
      await told("closed 4321 enough by client");
    });

    test("ends its session: by closing, by returning, by throwing", each, async () => {
      const closing = await open();
      await closing.send("close because I can");
      const { code, reason, by, confirmed } = await closing.closed;
      assert.deepEqual([code, reason, by, confirmed], [4900, "because I can", "server", true]);
      const returning = await open();
      await returning.send("many-unawaited 10");
      await returning.send("return");
      const texts: string[] = [];
      for await (const message of returning) texts.push(message.text());
      assert.deepEqual(texts, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
      assert.equal((await returning.closed).code, 1000);
      const throwing = await open();
      await throwing.send("throw");
      assert.equal((await throwing.closed).name, "handler-error");
    });

    test("is reached by the server's own list of sessions", each, async () => {
      const session = await open();
      await session.send("hello");
      await heard(session);
      const listed = server.sessions.get(session.id);
      await listed?.send("from the server");
      assert.deepEqual(await heard(session), ["from the server"]);
      assert.ok([...server.sessions].some(({ id }) => id === session.id));
      void listed?.close({ code: 4012, reason: "out" });
      assert.deepEqual([(await session.closed).code, (await session.closed).reason], [4012, "out"]);
    });

    test("gets everything, in order, and everything it sends arrives: more than any window", each, async () => {
      await using session = await open();
      const sending = (async () => {
        for (let index = 0; index < 5_000; index += 1) await session.send(`n${index}`);
      })();
      const texts = await heard(session, 5_000);
      await sending;
      assert.deepEqual(
        texts,
        Array.from({ length: 5_000 }, (_, index) => `n${index}`),
      );
      await session.send("many 3000");
      assert.equal((await heard(session, 3_000)).at(-1), "2999");
      for (const size of [100_000, 900_000]) {
        await session.send(`big ${size}`);
        assert.equal((await session.receive())?.byteLength, size);
        await session.send(new Uint8Array(size).fill(3));
        assert.deepEqual((await session.receive())?.bytes(), new Uint8Array(size).fill(3));
      }
    });

    test("that does not read stops its client", each, async () => {
      const session = await open();
      await session.send("never");
      let accepted = 0;
      const count = (): void => {
        accepted += 1;
      };
      for (let sent = 0; sent < 2_000; sent += 1) session.send("x").then(count, () => {});
      // What could be on its way has arrived by the time that somebody else has had so many answers.
      await using other = await open();
      for (let round = 0; round < 20; round += 1) await other.request("still there?");
      assert.equal(accepted, DEFAULT_LIMITS.windowMessages - 1);
      void session.close();
    });

    test("talks to plain lines, too", each, async () => {
      await using client = await RawClient.connect(server.address.port);
      client.write("hello\r\nmany 3\r\nwho\r\n");
      const [who] = await client.expect(/^hello\r\n0\r\n1\r\n2\r\n(\{.*\})\r\n/);
      const { form, lineEnding } = JSON.parse(who ?? "") as Record<string, unknown>;
      assert.deepEqual([form, lineEnding], ["lines", "\r\n"]);
      client.write("the last\r\n");
      client.socket.end();
      await client.expect(/^the last\r\n/);
      await client.ended();
    });
  });
}
