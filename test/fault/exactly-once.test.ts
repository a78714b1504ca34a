// Servers are killed again and again under their clients; then what those saw is compared with what the file holds.

import assert from "node:assert/strict";
import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { temporaryFolder } from "../cli/temporary-folder.ts";
import { Child } from "../programs/child.ts";
import { answerTo, GREETING, questionAt, ROOMS, sayingsFor } from "./exactly-once/sayings.ts";
import { assertSame, compare, type Heard } from "./exactly-once/testimony.ts";
import { Witness } from "./exactly-once/witness.ts";
import type { KeepingServer } from "./processes/keeping-server.ts";

const KILLS = 200;
/** So many have durable sessions, and as many have not. */
const CLIENTS = 20;
/** A process is killed at most so long after one of its clients was heard. */
const LIFE_MS = 40;
/** Processes that are ready to take over: to start one takes longer than all the rest. */
const SPARES = 2;
const MODULE = join(import.meta.dirname, "processes", "keeping-server.js");

const data = join(temporaryFolder(after), "data");

test(`killed ${KILLS} times under ${CLIENTS} clients, and ${CLIENTS} with durable sessions: rooms, and the conversations of durable sessions, are exactly once`, {
  timeout: 240_000,
}, async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const spawn = (): Promise<Child<KeepingServer>> => Child.start(MODULE, { sourceMaps: false });
  const spares = Array.from({ length: SPARES }, spawn);
  let server = await spawn();
  t.after(async () => {
    over.abort();
    for (const unused of [server, ...(await Promise.all(spares))]) await unused.kill();
  });
  const takeOver = async (): Promise<void> => {
    await server.kill();
    assert.equal(server.output, "");
    spares.push(spawn());
    server = (await spares.shift()) as Child<KeepingServer>;
  };

  const ports = await server.call("start", data, [0, 0]);
  const witnesses = Array.from({ length: 2 * CLIENTS }, (_, client) => {
    // Of each four, two speak WebSocket, and two have durable sessions: one of them is both.
    const url = `${client % 2 === 0 ? "bowline" : "ws"}://127.0.0.1:${ports[isDurable(client) ? 1 : 0]}`;
    return new Witness(client, url, over.signal);
  });
  await Promise.all(witnesses.map((witness) => witness.start()));
  const talking = Promise.all(witnesses.map((witness) => witness.talk()));
  talking.catch(() => {});

  for (let kill = 0; kill < KILLS; kill += 1) {
    // Most have heard somebody; some are killed before anybody is back, or before they listen.
    if (random.chance(0.8)) await Promise.race([...witnesses.map((one) => one.untilAcknowledged()), talking]);
    await pause(random.between(0, LIFE_MS));
    await takeOver();
    const started = server.call("start", data, ports);
    started.catch(() => {});
    if (random.chance(0.9)) await Promise.race([started, talking]);
  }
  for (const witness of witnesses) witness.finish();
  await talking;

  // What nobody has in memory: the file, as another process reads it.
  await takeOver();
  await server.call("start", data, ports);
  const logs = new Map<string, readonly Heard[]>();
  for (const room of ROOMS) logs.set(room, await server.call("log", room));
  await Promise.all(witnesses.map((witness) => witness.untilHeard(logs)));
  await Promise.all(witnesses.map((witness) => witness.stop()));
  assert.equal(server.output, "");

  compare(logs, witnesses, sayingsFor);
  for (const { client, gaps, acknowledged, conversation } of witnesses) {
    if (isDurable(client)) {
      assert.deepEqual(gaps, []);
      assertSame(conversation, conversationOf(acknowledged), `the conversation of client ${client}`);
    } else {
      // A killed server's answers may be lost, and may be repeated; rooms have no gaps.
      assert.deepEqual(
        gaps.filter(({ room }) => room !== undefined),
        [],
      );
    }
  }
  const said = witnesses.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  t.diagnostic(`${said} messages were handled`);
  assert.ok(said > (KILLS * CLIENTS) / 4, `only ${said} messages: nothing was tried`);
});

function isDurable(client: number): boolean {
  return client % 4 >= 2;
}

/** What a client hears that has said so much. */
function conversationOf(said: number): string[] {
  const heard = [GREETING];
  for (let n = 1; n <= said; n += 1) heard.push(...[questionAt(n) ?? [], answerTo(n, n)].flat());
  return heard;
}
