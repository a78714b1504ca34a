// Readers who come back, or go on, when what they needed has been trimmed away: they learn exactly what that was.

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, test } from "node:test";
import { serve } from "bowline";
import { connect, type Gap } from "bowline/client";
import type { RetentionOptions } from "../../src/broker/retention.ts";
import { SqliteBroker } from "../../src/broker/sqlite/sqlite.ts";
import { temporaryFolder } from "../cli/temporary-folder.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { RawClient } from "../raw-client.ts";

const folder = temporaryFolder(after);
const HOUR = 3_600_000;
/** So many of them are more than what waits between a server and a terminal that does not read, and in a room's memory. */
const LARGE = "x".repeat(60 * 1_024);
const MANY = 200;

const RULES: { readonly [what: string]: RetentionOptions } = {
  number: { maxEntries: 30 },
  bytes: { maxBytes: 30 * (LARGE.length + 20) },
  age: { maxAgeMs: HOUR },
};

for (const [what, retention] of Object.entries(RULES)) {
  test(`trimmed by ${what}: a gap with exact offsets in message.gap, and as a line`, { timeout: 60_000 }, async (t) => {
    let now = 1_700_000_000_000;
    const broker = new SqliteBroker(join(folder, what), { retention: { rooms: { lobby: retention } } }, () => now);
    t.after(() => broker.close());
    await using server = await serve({ port: 0, broker }, async (session) => {
      await session.join("lobby");
      for await (const _ of session);
    });
    const { port } = server.address;
    const lobby = server.room("lobby");
    await using proxy = await CuttingProxy.to(port);
    await using client = await connect(`bowline://127.0.0.1:${proxy.port}`);
    await using terminal = await RawClient.connect(port);
    terminal.write("\n");
    while (lobby.members().length < 2) await new Promise((resolve) => setImmediate(resolve));

    await lobby.send("1 small");
    assert.equal((await client.receive())?.text(), "1 small");
    await terminal.expect("1 small\n");
    proxy.isOpen = false;
    proxy.cut();
    terminal.socket.pause();
    for (let n = 2; n <= MANY; n += 1) {
      // What comes after this is young enough.
      if (n === MANY - 29) now += 2 * HOUR;
      await lobby.send(`${n} ${LARGE}`);
    }
    proxy.isOpen = true;
    const gap = await client.receive();
    assert.deepEqual(gap?.gap, { from: 2, to: MANY - 30, reason: "trimmed" } satisfies Gap);
    assert.equal(gap?.room, "lobby");
    const next = await client.receive();
    assert.deepEqual([next?.offset, next?.text().split(" ", 1)], [MANY - 29, [`${MANY - 29}`]]);

    terminal.socket.resume();
    await terminal.expect(`\n${MANY} xxx`);
    const heard = terminal.text.split("\n").map((line) => line.replace(/x+$/, ""));
    const missing = heard.findIndex((line) => line.startsWith("*"));
    const [, from, to] = /^\* messages (\d+) to (\d+) are missing \(trimmed\)$/.exec(heard[missing] ?? "") ?? [];
    assert.deepEqual([Number(from) - 1, Number(to) + 1], [heard[missing - 1], heard[missing + 1]].map(Number));
    assert.equal(Number(to), MANY - 30);
  });
}
