import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, type TestContext, test } from "node:test";
import { type ClientSession, ConnectError, connect } from "../../../../src/client/node/index.ts";
import type { Handler } from "../../../../src/handlers/supervisor.ts";
import { serve } from "../../../../src/server/serve.ts";
import type { ServeOptions } from "../../../../src/server/serve-options.ts";
import type { Server } from "../../../../src/server/server.ts";
import { certificate, privateKey } from "../../../certificate.ts";

const tls = { key: privateKey, cert: certificate };
const ca = certificate;

const echo: Handler = async (session) => {
  for await (const message of session) {
    if (message.wantsReply) await message.reply(`reply to ${message.text()}`);
    else await session.send(`echo of ${message.text()}`);
  }
};

function serving(handler: Handler, options: ServeOptions = {}): Promise<Server> {
  return serve({ port: 0, ...options }, handler);
}

function portOf(server: Server): number {
  return (server.address as AddressInfo).port;
}

/** The port of somebody who accepts connections, and ends with the test, whatever comes of that. */
async function listening(t: TestContext, onConnection: (socket: Socket) => unknown): Promise<number> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket.on("error", () => {}).resume());
    onConnection(socket);
  });
  t.after(() => {
    listener.close();
    for (const socket of sockets) socket.destroy();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return (listener.address() as AddressInfo).port;
}

async function readText(session: ClientSession): Promise<string | undefined> {
  return (await session.receive())?.text();
}

describe("every form of URL", () => {
  for (const scheme of ["ws", "wss", "http", "https", "bowline", "bowlines"]) {
    test(`${scheme}: sends, receives, asks, closes`, async () => {
      await using server = await serving(echo, { tls });
      await using session = await connect(`${scheme}://localhost:${portOf(server)}`, { tls: { ca } });
      await session.send("hello");
      assert.equal(await readText(session), "echo of hello");
      assert.equal((await session.request("why?")).text(), "reply to why?");
      await session.send(Uint8Array.of(0x68, 0x69));
      assert.equal(await readText(session), "echo of hi");
      await session.flush();
      const info = await session.close();
      assert.deepEqual([info.name, info.by, info.confirmed], ["normal", "client", true]);
      assert.deepEqual([info.fromClient.sent, info.fromServer.received], [3, 3]);
    });
  }

  for (const scheme of ["tcp", "tls"]) {
    test(`${scheme}: plain lines`, async () => {
      await using server = await serving(echo, { tls });
      await using session = await connect(`${scheme}://localhost:${portOf(server)}`, { tls: { ca } });
      await session.send("hello");
      await session.send("there");
      assert.equal(await readText(session), "echo of hello");
      assert.equal(await readText(session), "echo of there");
      await assert.rejects(session.request("why?"), TypeError);
      await assert.rejects(session.reauthenticate("me"), TypeError);
      assert.throws(() => session.room("lobby"), TypeError);
      assert.equal((await session.close()).name, "normal");
    });
  }

  test("an address instead of a name", async () => {
    await using server = await serving(echo, { tls });
    for (const scheme of ["wss", "bowlines"]) {
      await using session = await connect(`${scheme}://127.0.0.1:${portOf(server)}`, { tls: { ca } });
      assert.equal((await session.request("hi")).text(), "reply to hi");
    }
  });

  test("a URL with a password is refused, and the password not repeated", async () => {
    for (const url of ["ws://ann:secret@localhost:1", "tcp://secret@localhost:1", "bowline://:secret@localhost:1"]) {
      await assert.rejects(
        connect(url),
        (error) => error instanceof TypeError && /credential/.test(error.message) && !/secret/.test(error.message),
      );
    }
  });

  test("what is no URL, and what is of another kind, is refused at once", async () => {
    await assert.rejects(connect("localhost:8000"), TypeError);
    for (const url of ["foo", "", "ftp://localhost", "localhost:8000", "ws://localhost:99999", "bowline://"]) {
      const message =
        `"${url}" is not a server's URL, such as ws://localhost:8000: ` +
        "that begins with ws://, wss://, http://, https://, bowline://, bowlines://, tcp:// or tls://";
      await assert.rejects(connect(url), { name: "TypeError", message });
    }
  });
});

describe("a first connection that fails", () => {
  const failing = async (url: string, pattern: RegExp, options = {}): Promise<void> => {
    await assert.rejects(connect(url, options), (error) => {
      assert.ok(error instanceof ConnectError, `${error}`);
      assert.match(error.message, pattern);
      return true;
    });
  };

  test("says that nothing listens", async () => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as AddressInfo;
    listener.close();
    await once(listener, "close");
    for (const scheme of ["ws", "bowline", "tcp"]) {
      await failing(`${scheme}://127.0.0.1:${port}`, new RegExp(`^cannot connect to ${scheme}:.*: nothing listens`));
    }
  });

  test("says that the certificate is not trusted", async () => {
    await using server = await serving(echo, { tls });
    for (const scheme of ["wss", "bowlines", "tls"]) {
      await failing(`${scheme}://localhost:${portOf(server)}`, /the certificate of localhost is not trusted/);
    }
  });

  test("says that the server does not speak TLS", async () => {
    await using server = await serving(echo);
    for (const scheme of ["wss", "bowlines", "tls"]) await failing(`${scheme}://localhost:${portOf(server)}`, /./);
  });

  test("says what is wrong with the upgrade", async (t) => {
    const port = await listening(t, (socket) => socket.end("HTTP/1.1 404 Not Found\r\n\r\n"));
    await failing(`ws://127.0.0.1:${port}`, /the server answered with HTTP status 404/);
  });

  test("says that nobody answers in time", async (t) => {
    const port = await listening(t, () => {});
    const limits = { openTimeoutMs: 100 };
    await failing(`ws://127.0.0.1:${port}`, /no connection within 100 ms/, { limits });
    await failing(`bowline://127.0.0.1:${port}`, /no answer within 100 ms/, { limits });
    await failing(`tls://127.0.0.1:${port}`, /no connection within 100 ms/, { limits });
  });

  test("carries the server's code", async () => {
    await using server = await serving(echo, {
      authenticate: ({ credential }) => (credential === "secret" ? { identity: "ann" } : undefined),
    });
    const url = `bowline://127.0.0.1:${portOf(server)}`;
    await assert.rejects(connect(url, { credential: "guess" }), { name: "ConnectError", code: 4001 });
    await using session = await connect(url, { credential: async () => "secret" });
    assert.equal((await session.request("hi")).text(), "reply to hi");
  });

  test("an aborted signal gives it up, on every form", async (t) => {
    const port = await listening(t, () => {});
    for (const scheme of ["ws", "bowline", "tls"]) {
      const reason = new Error("enough");
      const controller = new AbortController();
      const connecting = assert.rejects(
        connect(`${scheme}://127.0.0.1:${port}`, { signal: controller.signal }),
        reason,
      );
      setImmediate(() => controller.abort(reason));
      await connecting;
    }
  });
});

test("a plain session has no credential to give", async () => {
  await assert.rejects(connect("tcp://127.0.0.1:1", { credential: "secret" }), TypeError);
});

test("aborting the signal later closes a plain session, too", async () => {
  await using server = await serving(echo);
  const controller = new AbortController();
  await using session = await connect(`tcp://127.0.0.1:${portOf(server)}`, { signal: controller.signal });
  controller.abort();
  assert.equal((await session.closed).name, "normal");
});

describe("a plain session whose server says that it is done", () => {
  test("ends by itself, however little of what came was read", { timeout: 20_000 }, async (t) => {
    const port = await listening(t, (socket) => socket.end("one\ntwo\n"));
    for (const reads of [0, 1]) {
      const session = await connect(`tcp://127.0.0.1:${port}`, { limits: { closeTimeoutMs: 50 } });
      for (let count = 0; count < reads; count += 1) await session.receive();
      const { name, by, fromServer } = await session.closed;
      assert.deepEqual([name, by, fromServer.received], ["normal", "server", 2]);
      const rest: string[] = [];
      for await (const message of session) rest.push(message.text());
      assert.deepEqual(rest, ["one", "two"].slice(reads));
      await assert.rejects(session.send("too late"), { name: "SessionClosedError" });
    }
  });

  test("answers what came before, and ends when it has", { timeout: 20_000 }, async (t) => {
    let heard = "";
    const port = await listening(t, (socket) => {
      socket.on("data", (bytes) => {
        heard += bytes;
      });
      socket.end("one\ntwo\n");
    });
    const session = await connect(`tcp://127.0.0.1:${port}`);
    for await (const message of session) {
      await new Promise(setImmediate);
      await session.send(`echo of ${message.text()}`);
    }
    assert.equal((await session.closed).name, "normal");
    assert.equal(heard, "echo of one\necho of two\n");
  });
});
