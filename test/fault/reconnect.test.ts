import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { connect } from "../../src/client/node/index.ts";
import { serve } from "../../src/server/serve.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { CuttingProxy } from "../cutting-proxy.ts";

const LAST = "that was all";
/** Enough for the longest opening and some messages; often not enough for even the first frame. */
const MOST_BYTES = 3_000;

/** A WebSocket message counts when all of it is there: what is sent again has to fit between two cuts, sometimes. */
const limits = { windowMessages: 64 };

/** What one side has received: it must be 1, 2, 3, …, and then LAST. */
class Tally {
  count = 0;
  isOver = false;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  take(text: string): void {
    if (text === LAST) {
      this.isOver = true;
      return;
    }
    this.count += 1;
    assert.equal(text, String(this.count), `${this.name} got ${text} as its number ${this.count}`);
  }
}

/** Sends 1, 2, 3, … until told to stop, a few in each turn, and then LAST; resolves with how many that were. */
async function count(send: (text: string) => Promise<void>, isOver: () => boolean): Promise<number> {
  let sent = 0;
  while (!isOver()) {
    sent += 1;
    await send(String(sent));
    if (sent % 3 === 0) await nextTurn();
  }
  await send(LAST);
  return sent;
}

for (const [scheme, cuts] of [
  ["bowline", 1_000],
  ["ws", 300],
] as const) {
  test(`${cuts} cuts under two-way traffic on ${scheme}: nothing lost, nothing twice, order kept`, async () => {
    const random = new SeededRandom(Date.now() & 0xffff);
    let isOver = false;
    let counting: Promise<number> | undefined;
    let runs = 0;
    const atServer = new Tally("the server");
    const atClient = new Tally("the client");
    await using server = await serve({ port: 0, limits }, async (session) => {
      // A connection that is cut in the middle of its first bytes may be a plain line, for all the server knows.
      if (session.peer.form === "lines") return;
      runs += 1;
      counting = count(
        (text) => session.send(text),
        () => isOver,
      );
      for await (const message of session) atServer.take(message.text());
    });
    await using proxy = await CuttingProxy.to((server.address as AddressInfo).port);
    const session = await connect(`${scheme}://127.0.0.1:${proxy.port}`, { limits, backoff: { firstMs: 2, maxMs: 2 } });
    proxy.bytesUntilCut = () => random.integer(1, MOST_BYTES);
    proxy.cut();
    const reading = (async () => {
      for await (const message of session) {
        atClient.take(message.text());
        if (atClient.isOver && isOver) break;
      }
    })();
    const sentByClient = await count(
      (text) => session.send(text),
      () => proxy.cuts >= cuts,
    );
    isOver = true;
    proxy.bytesUntilCut = () => Number.POSITIVE_INFINITY;
    proxy.cut();
    await session.flush();
    await reading;
    const info = await session.closed;
    assert.equal(atServer.count, sentByClient);
    assert.equal(atClient.count, await counting);
    assert.ok(atServer.isOver);
    assert.equal(runs, 1, "one handler run, through all of it");
    assert.ok(info.confirmed);
    assert.equal(info.undelivered.length, 0);
    assert.ok(info.connections > cuts / 2, `${info.connections} connections`);
  });
}
