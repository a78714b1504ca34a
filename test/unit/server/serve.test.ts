import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, test } from "node:test";
import { connect } from "../../../src/client/node/index.ts";
import { type CloseInfo, memory, type Server, type Session, serve } from "../../../src/index.ts";
import { serveEcho } from "../../echo-server.ts";
import { Program } from "../../programs/program.ts";
import { RawClient } from "../../raw-client.ts";
import { ackFrame, openFrame, PREFACE } from "../../raw-frames.ts";
import { until } from "../../recorders.ts";

function urlOf(server: Server): string {
  return `bowline://127.0.0.1:${server.address.port}`;
}

describe("options", () => {
  test("that cannot be are refused at once", async () => {
    await assert.rejects(serveEcho({ limits: { maxSessions: 0 } }), RangeError);
    await assert.rejects(serveEcho({ limits: { maxSesions: 1 } as object }), TypeError);
    await assert.rejects(serveEcho({ only: "tls" }), TypeError);
    await assert.rejects(serveEcho({ durable: true }), TypeError);
    await assert.rejects(serveEcho({ trustedProxies: ["nobody"] }), TypeError);
    await assert.rejects(serveEcho({ signingKey: new Uint8Array(8) }), RangeError);
    await assert.rejects(serve({ port: 0 }, undefined as never), TypeError);
  });

  test("a signal that has aborted keeps the server from starting; later it closes it", async () => {
    const reason = new Error("enough");
    await assert.rejects(serveEcho({ signal: AbortSignal.abort(reason) }), reason);
    const early = new AbortController();
    const starting = serveEcho({ signal: early.signal });
    early.abort(reason);
    await assert.rejects(starting, reason);
    const controller = new AbortController();
    const server = await serveEcho({ signal: controller.signal });
    controller.abort();
    await server.closed;
    await assert.rejects(RawClient.connect(server.address.port));
  });
});

describe("a server", () => {
  test("knows its sessions", async () => {
    await using server = await serveEcho();
    await using client = await connect(urlOf(server));
    await until(() => server.sessions.size === 1, "the session");
    const [session] = server.sessions;
    assert.equal(session?.id, client.id);
    assert.equal(server.sessions.get(client.id), session);
    assert.equal(server.sessions.get("nobody"), undefined);
    await session?.send("from outside");
    assert.equal((await client.receive())?.text(), "from outside");
    void session?.close({ code: 4012, reason: "kicked out" });
    const { name, reason, by } = await client.closed;
    assert.deepEqual([name, reason, by], ["kicked", "kicked out", "server"]);
    await until(() => server.sessions.size === 0, "the end");
  });

  test("sends to rooms in nobody's name", async () => {
    await using server = await serve({ port: 0 }, async (session) => {
      await session.join("lobby");
      await session.receive();
    });
    await using client = await connect(urlOf(server));
    await until(() => server.room("lobby").members().length === 1, "the member");
    await server.room("lobby").send("to everybody");
    const entry = await client.receive();
    assert.deepEqual([entry?.room, entry?.text()], ["lobby", "to everybody"]);
    assert.equal(server.metrics().rooms, 1);
  });

  test("counts what it does", async () => {
    await using server = await serveEcho();
    await using frames = await connect(urlOf(server));
    await using socket = await connect(`ws://127.0.0.1:${server.address.port}`);
    for (const client of [frames, socket]) {
      await client.send("hello");
      await client.receive();
    }
    await using lines = await RawClient.connect(server.address.port);
    lines.write("hello\n");
    await lines.expect("hello\n");
    const metrics = server.metrics();
    assert.deepEqual(metrics.connections, { bowline: 1, "bowline-websocket": 1, websocket: 0, lines: 1 });
    assert.deepEqual([metrics.sessions, metrics.sessionsOpened, metrics.sessionsClosed], [3, 3, 0]);
    assert.deepEqual([metrics.messagesIn, metrics.messagesOut], [3, 3]);
    assert.ok(metrics.bytesIn > 50 && metrics.bytesOut > 50);
    await frames.close();
    await lines[Symbol.asyncDispose]();
    await until(() => server.metrics().connections.lines === 0 && server.sessions.size === 1, "the ends");
    assert.deepEqual([server.metrics().messagesIn, server.metrics().sessionsClosed], [3, 2]);
  });

  test("publishes what happens to who subscribes", async () => {
    const events: { name: string; info?: CloseInfo }[] = [];
    const onEvent = (event: unknown): void => void events.push(event as { name: string });
    const names = ["bowline:session-opened", "bowline:session-closed", "bowline:handler-error"];
    for (const name of names) subscribe(name, onEvent);
    await using server = await serve({ port: 0 }, () => {
      throw new Error("broken");
    });
    const client = await connect(urlOf(server)).catch(() => undefined);
    await client?.closed;
    await until(() => events.length === 3, "the events");
    for (const name of names) unsubscribe(name, onEvent);
    assert.deepEqual(
      events.map(({ name }) => name),
      ["session-opened", "handler-error", "session-closed"],
    );
    assert.equal(events[2]?.info?.name, "handler-error");
    assert.equal(server.metrics().handlerErrors, 1);
  });

  test("keeps a broker that it was given, for the server after it", async () => {
    const broker = memory();
    const first = await serveEcho({ broker });
    await first.room("lobby").send("before");
    await first.close();
    await using second = await serveEcho({ broker });
    const [entry] = await second.room("lobby").history({ limit: 1 });
    assert.equal(entry?.text(), "before");
  });
});

describe("closing", () => {
  test("lets a handler finish what it has taken, and delivers what it says", async () => {
    let finish = (): void => {};
    const server = await serve({ port: 0 }, async (session: Session) => {
      for await (const message of session) {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        await session.send(`done with ${message.text()}`);
      }
    });
    const client = await connect(urlOf(server), { limits: { closeTimeoutMs: 50 } });
    await client.send("work");
    await until(() => server.metrics().messagesIn === 1, "the message");
    const closing = server.close();
    setImmediate(() => finish());
    const answer = await client.receive();
    assert.equal(answer?.text(), "done with work");
    // The server waits until it knows that its answer arrived.
    answer?.done();
    await closing;
    await client.close();
  });

  test("accepts nobody meanwhile, and drops who has said nothing", async () => {
    const server = await serve({ port: 0 }, async (session) => {
      await session.receive();
      await new Promise(() => {});
    });
    const { port } = server.address;
    await using silent = await RawClient.connect(port);
    await using talker = await RawClient.connect(port);
    talker.write("hello\n");
    await until(() => server.sessions.size === 1, "the session");
    const closing = server.close({ drainTimeoutMs: 60_000 });
    assert.equal(await silent.ended(), "");
    await assert.rejects(RawClient.connect(port));
    // A second call, and its patience counts.
    await server.close({ drainTimeoutMs: 0 });
    await closing;
  });

  test("a plain client hears why", async () => {
    const server = await serveEcho();
    await using client = await RawClient.connect(server.address.port);
    client.write("hello\n");
    await client.expect("hello\n");
    const closing = server.close();
    assert.equal(await client.ended(), "error: the server is going away\n");
    client.socket.end();
    await closing;
  });

  test("goes on to its end when nothing else keeps the process alive", async () => {
    const script = `
      import { serve } from ${JSON.stringify(import.meta.resolve("../../../src/index.js"))};
      const server = await serve({ port: 0 }, () => new Promise(() => {}));
      console.log("port " + server.address.port);
      process.stdin.once("data", () => {
        process.stdin.destroy();
        server.close({ drainTimeoutMs: 300 }).then(() => console.log("closed"));
      });`;
    await using program = new Program(process.execPath, ["--input-type=module", "-e", script]);
    const port = Number((await program.expect(/port (\d+)/))[0]);
    const client = await RawClient.connect(port);
    client.write(Buffer.concat([PREFACE, openFrame()]));
    await client.frame();
    client.write(ackFrame(0));
    // Its session stays, without a connection, and its handler never returns.
    client.socket.end();
    await client.ended();
    program.write("close\n");
    await program.expect(/closed/);
    assert.equal(await program.end(), 0);
  });
});

test("with catchUnhandled, a forgotten promise ends its session, and no other", async () => {
  const script = `
    import { serve } from ${JSON.stringify(import.meta.resolve("../../../src/index.js"))};
    const server = await serve({ port: 0, catchUnhandled: true }, async (session) => {
      for await (const message of session) {
        if (message.text() === "forget") void (async () => { await null; throw new Error("forgotten"); })();
        else await session.send(message.text());
      }
    });
    console.log("port " + server.address.port);
    process.stdin.on("data", () => Promise.reject(new Error("nobody's")));`;
  await using program = new Program(process.execPath, ["--input-type=module", "-e", script]);
  const port = Number((await program.expect(/port (\d+)/))[0]);
  await using bystander = await RawClient.connect(port);
  await using culprit = await RawClient.connect(port);
  bystander.write("hello\n");
  await bystander.expect("hello\n");
  culprit.write("forget\n");
  assert.equal(await culprit.ended(), "error: handler-error\n");
  bystander.write("still here\n");
  await bystander.expect("still here\n");
  program.write("now\n");
  assert.notEqual(await program.end(), 0);
  assert.match(program.stderr, /nobody's/);
});
