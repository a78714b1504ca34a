import assert from "node:assert/strict";
import { once } from "node:events";
import { join } from "node:path";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type CloseInfo, type Session, serve } from "bowline";
import { connect } from "bowline/client";
import { Child } from "../programs/child.ts";
import type { CountingClient } from "./processes/counting-client.ts";

const HEARTBEAT_MS = 400;
const LAST = "that was all";
const DEADLINE_MS = 20_000;

/** Waits until the session has, or has no, connection. */
async function untilStatus(session: Session, status: string): Promise<void> {
  const changed = new EventTarget();
  session.onstatuschange = () => changed.dispatchEvent(new Event("change"));
  const signal = AbortSignal.timeout(DEADLINE_MS);
  while (session.status !== status) await once(changed, "change", { signal });
}

test("a client that is stopped loses its connection, and nothing else", { timeout: 60_000 }, async (t) => {
  let heard = 0;
  let said = 0;
  let fault: string | undefined;
  const counting = new Set<Session>();
  const endings: Promise<CloseInfo>[] = [];
  await using server = await serve({ port: 0, limits: { heartbeatMs: HEARTBEAT_MS } }, async (session) => {
    const first = (await session.receive())?.text();
    if (first === "bystander") {
      for await (const message of session) await session.send(message.text());
      return;
    }
    heard = Number(first);
    counting.add(session);
    endings.push(session.closed);
    let isOver = false;
    const saying = (async () => {
      while (!isOver) {
        said += 1;
        await session.send(`${said}`);
        if (said % 3 === 0) await nextTurn();
      }
      await session.send(LAST);
    })();
    for await (const message of session) {
      if (message.text() === LAST) break;
      heard += 1;
      if (message.text() !== `${heard}`) fault ??= `${message.text()} came as number ${heard}`;
    }
    isOver = true;
    await saying;
  });
  const url = `bowline://127.0.0.1:${server.address.port}`;
  await using bystander = await connect(url);
  await bystander.send("bystander");
  const disturbances: string[] = [];
  bystander.onstatuschange = () => disturbances.push(bystander.status);

  await using client = await Child.start<CountingClient>(join(import.meta.dirname, "processes/counting-client.js"));
  const id = await client.call("start", url);
  while (counting.size === 0) await nextTurn();
  const session = server.sessions.get(id);
  assert.ok(session !== undefined);

  for (let round = 1; round <= 3; round += 1) {
    client.signal("SIGSTOP");
    const stoppedAt = performance.now();
    await untilStatus(session, "detached");
    const silentMs = performance.now() - stoppedAt;
    t.diagnostic(`a client that stopped was given up after ${(silentMs / HEARTBEAT_MS).toFixed(1)} heartbeats`);
    assert.ok(silentMs > HEARTBEAT_MS, `it was given up after ${silentMs} ms`);
    for (let asked = 0; asked < 20; asked += 1) {
      await bystander.send(`${asked}`);
      assert.equal((await bystander.receive())?.text(), `${asked}`);
    }
    client.signal("SIGCONT");
    await untilStatus(session, "open");
    const before = heard;
    while (heard === before) await nextTurn();
  }

  const ending = await client.call("stop");
  const [atServer] = await Promise.all(endings);
  assert.equal(fault ?? ending.fault, undefined);
  assert.deepEqual([heard, ending.heard], [ending.said, said]);
  assert.equal(endings.length, 1, "one run of the handler, through all of it");
  assert.ok(ending.info.confirmed);
  assert.deepEqual([ending.info.fromClient, ending.info.fromServer], [atServer?.fromClient, atServer?.fromServer]);
  assert.deepEqual(ending.info.undelivered, []);
  assert.equal(atServer?.connections, 4);
  assert.deepEqual(disturbances, []);
});
