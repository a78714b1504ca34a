import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type ClientSession, type CloseInfo, connect } from "bowline/client";
import { WebSocket } from "ws";
import { FrameType } from "../../src/protocol/frames/frame-type.ts";
import { Child } from "../programs/child.ts";
import { RawClient } from "../raw-client.ts";
import { messageFrame, openFrame, PREFACE } from "../raw-frames.ts";
import type { FailingServer } from "./processes/failing-server.ts";

const timeout = 60_000;
const SECRETS = /swordfish|Error|at .*:\d+/;

const startServer = (): Promise<Child<FailingServer>> =>
  Child.start(join(import.meta.dirname, "processes/failing-server.js"));

/** What both sides know of an ending. */
function shared({ sessionId, code, name, reason, by, confirmed, fromClient, fromServer }: CloseInfo): object {
  return { sessionId, code, name, reason, by, confirmed, fromClient, fromServer };
}

describe("a handler that fails ends its own session, and nobody else notices", { timeout }, () => {
  let server: Child<FailingServer>;
  let port: number;
  let url: string;
  let bystander: ClientSession;
  let lines: RawClient;
  const disturbances: string[] = [];

  before(async () => {
    server = await startServer();
    port = await server.call("start", { catchUnhandled: true });
    url = `bowline://127.0.0.1:${port}`;
    bystander = await connect(url);
    await bystander.send("echo");
    bystander.onstatuschange = () => disturbances.push(bystander.status);
    lines = await RawClient.connect(port);
    lines.write("echo\n");
  });

  after(async () => {
    await bystander.close();
    await lines[Symbol.asyncDispose]();
    await server.kill();
    assert.deepEqual(disturbances, ["closed"]);
  });

  async function assertUnharmed(): Promise<void> {
    await bystander.send("still there?");
    assert.equal((await bystander.receive())?.text(), "still there?");
    lines.write("and you?\n");
    await lines.expect(/^and you\?\n/);
  }

  /** Both sides' records of how the session ended. */
  async function obituary(session: ClientSession): Promise<CloseInfo> {
    const info = await session.closed;
    const atServer = await server.call("ending", info.sessionId);
    assert.deepEqual(shared(atServer), shared(info));
    return info;
  }

  for (const way of [
    "fail at once",
    "fail later",
    "reject with nothing",
    "forget a promise",
    "fail in a timer's promise",
  ]) {
    test(way, { timeout }, async () => {
      for (const scheme of ["bowline", "ws"]) {
        const session = await connect(`${scheme}://127.0.0.1:${port}`);
        await session.send(way);
        await session.send("never handled, or answered before");
        await assert.rejects(async () => {
          for await (const _ of session);
        }, /handler-error/);
        const { code, name, reason, by, confirmed } = await obituary(session);
        assert.deepEqual(
          { code, name, reason, by, confirmed },
          { code: 1011, name: "handler-error", reason: "", by: "server", confirmed: true },
        );
        const error = await server.call("error", session.id);
        assert.match(error, way === "reject with nothing" ? /undefined/ : /swordfish[\s\S]*failing-server/);
      }
      await assertUnharmed();
    });
  }

  test("before there is a promise", { timeout }, async () => {
    const session = await connect(url, { credential: "fails before it is a promise" });
    const { name } = await obituary(session);
    assert.equal(name, "handler-error");
    await assertUnharmed();
  });

  test("nothing of the error is on the wire, in any form", { timeout }, async () => {
    await using line = await RawClient.connect(port);
    line.write("fail later\r\n");
    assert.equal(await line.ended(), "error: handler-error\r\n");

    const webSocket = new WebSocket(`ws://127.0.0.1:${port}`);
    await once(webSocket, "open");
    webSocket.send("fail later");
    const [code, reason] = await once(webSocket, "close");
    assert.deepEqual([code, String(reason)], [1011, ""]);

    await using frames = await RawClient.connect(port);
    frames.write(Buffer.concat([PREFACE, openFrame()]));
    let frame = await frames.frame();
    frames.write(messageFrame(1, "fail later"));
    while (frame.type !== FrameType.close) frame = await frames.frame();
    assert.deepEqual([frame.code, frame.reason], [1011, ""]);
    assert.doesNotMatch(frames.text, SECRETS);
    await assertUnharmed();
  });

  test("returning at once is a normal end", { timeout }, async () => {
    const session = await connect(url);
    await session.send("return at once");
    await session.send("comes too late");
    for await (const _ of session) assert.fail("nothing is said");
    const info = await obituary(session);
    assert.equal(info.name, "normal");
    assert.ok(info.confirmed);
    assert.equal(info.by, "server");
    assert.deepEqual(info.fromClient, { sent: 2, received: 1, undelivered: { from: 2, to: 2 } });
    assert.deepEqual(info.undelivered, [{ sequence: 2, data: "comes too late" }]);
    await assertUnharmed();
  });

  test("returning in the middle gives back what was not taken", { timeout }, async () => {
    const session = await connect(url);
    for (const text of ["return after another", "taken", "not taken", "nor this"]) await session.send(text);
    for await (const _ of session) assert.fail("nothing is said");
    const { fromClient, undelivered } = await obituary(session);
    assert.deepEqual(fromClient.undelivered, { from: 3, to: 4 });
    assert.deepEqual(
      undelivered.map(({ sequence }) => sequence),
      [3, 4],
    );
  });

  test("a handler that never returns holds nobody up", { timeout }, async () => {
    const session = await connect(url, { limits: { closeTimeoutMs: 100 } });
    await session.send("return never");
    const flushed = session.flush();
    await assertUnharmed();
    const closed = session.close();
    await assert.rejects(flushed, /the session ended: normal/);
    assert.equal((await closed).name, "normal");
    const { undelivered } = await obituary(session);
    assert.deepEqual(
      undelivered.map(({ sequence }) => sequence),
      [1],
      "it was never done with",
    );
    assert.ok(await server.call("hasAborted", session.id));
    assert.ok(!(await server.call("sessions")).includes(session.id));
  });
});

test("without catchUnhandled a forgotten promise is the process's own, and Node ends it", { timeout }, async () => {
  await using server = await startServer();
  const port = await server.call("start", {});
  await using client = await RawClient.connect(port);
  client.write("forget a promise\n");
  assert.equal((await server.exited).code, 1);
  assert.match(server.output, /swordfish/);
});

test("a timer that throws is the process's own in any case", { timeout }, async () => {
  await using server = await startServer();
  const port = await server.call("start", { catchUnhandled: true });
  await using client = await RawClient.connect(port);
  client.write("fail in a timer\n");
  assert.equal((await server.exited).code, 1);
  assert.match(server.output, /swordfish/);
});
