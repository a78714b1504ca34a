// A SQLite broker is killed again and again while it appends; what it said is compared with what its file holds.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadBinding } from "../../src/broker/sqlite/binding.ts";
import { SqliteBroker } from "../../src/broker/sqlite/sqlite.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { temporaryFolder } from "../cli/temporary-folder.ts";

const KILLS = 200;
const SENDERS = 8;
const APPENDER = join(import.meta.dirname, "processes", "appender.js");

/** What all processes said. */
interface Testimony {
  /** Of each sender, where its entries are: the first is number 0. */
  readonly acknowledged: { readonly epoch: number; readonly offset: number }[][];
  /** What followers were told: room, offset and payload. */
  readonly heard: Set<string>;
  stored: number;
}

const folder = temporaryFolder(after);

test(`killed ${KILLS} times, it has everything that it acknowledged, once and in order`, async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const random = new SeededRandom(seed);
  const data = join(folder, "data");
  const testimony: Testimony = { acknowledged: Array.from({ length: SENDERS }, () => []), heard: new Set(), stored: 0 };
  for (let kill = 0; kill < KILLS; kill += 1) {
    // Some do not even come to open it.
    const beforeAny = random.chance(0.1);
    for (const line of await linesUntilKilled(data, testimony, beforeAny, random.between(0, beforeAny ? 100 : 25))) {
      note(line, testimony);
    }
  }
  await checkRooms(data, testimony);
  const Binding = await loadBinding();
  const database = new Binding(join(data, "bowline.db"));
  assert.deepEqual({ ...database.prepare("PRAGMA integrity_check").all()[0] }, { integrity_check: "ok" });
  database.close();
});

/** Runs an appender that goes on where the last one was, and kills it so long after it said something. */
async function linesUntilKilled(
  data: string,
  { acknowledged }: Testimony,
  beforeAny: boolean,
  afterMs: number,
): Promise<string[]> {
  const next = acknowledged.map(({ length }) => length);
  const child = spawn(process.execPath, [APPENDER, data, JSON.stringify(next)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  const closed = once(child, "close");
  if (!beforeAny) await Promise.race([once(child.stdout, "data"), closed]);
  const timer = setTimeout(() => child.kill("SIGKILL"), afterMs);
  const [code] = await closed;
  clearTimeout(timer);
  assert.equal(code, null, "it ended by itself");
  const lines = output.split("\n");
  // The last one may be cut.
  lines.pop();
  return lines;
}

function note(line: string, testimony: Testimony): void {
  const [what = "", ...words] = line.split(" ");
  const [first = 0, second = 0, third = 0, fourth = 0] = words.map(Number);
  if (what === "appended") {
    const acknowledged = testimony.acknowledged[first] as { epoch: number; offset: number }[];
    assert.equal(acknowledged.push({ epoch: third, offset: fourth }), second + 1, "numbered one after the other");
  } else if (what === "heard") {
    testimony.heard.add(words.join(" "));
  } else {
    assert.equal(what, "stored");
    testimony.stored = Math.max(testimony.stored, first);
  }
}

async function checkRooms(data: string, { acknowledged, heard, stored }: Testimony): Promise<void> {
  const broker = new SqliteBroker(data, {}, Date.now);
  const said: string[][] = acknowledged.map(() => []);
  let entries = 0;
  for (const room of [0, 1, 2]) {
    const { epoch } = await broker.head(`room ${room}`);
    for (let after = 0, hasMore = true; hasMore; ) {
      const page = await broker.read(`room ${room}`, { epoch, offset: after }, { entries: 500, bytes: 1_000_000 });
      for (const { offset, previous, payload } of page.entries) {
        assert.equal(previous, after, "entries follow each other");
        after = offset;
        entries += 1;
        heard.delete(`${room} ${offset} ${String(payload)}`);
        const [sender = 0, n = 0] = String(payload).split(" ").map(Number);
        assert.equal(said[sender]?.push(`${epoch} ${offset}`), n + 1, `sender ${sender}: each once, and in order`);
      }
      hasMore = page.hasMore;
    }
  }
  for (const [sender, positions] of acknowledged.entries()) {
    const found = said[sender]?.slice(0, positions.length);
    assert.deepEqual(
      found,
      positions.map(({ epoch, offset }) => `${epoch} ${offset}`),
      `sender ${sender}: acknowledged entries are where they were said to be`,
    );
    const more = (said[sender]?.length ?? 0) - positions.length;
    assert.ok(more <= 3, "beyond that, only what was being appended");
    // Several that were appended at once are there all, or not at all.
    assert.notEqual((said[sender]?.length ?? 0) % 4, 1);
    assert.notEqual((said[sender]?.length ?? 0) % 4, 2);
  }
  assert.deepEqual([...heard], [], "nobody heard of what is not there");
  const record = await broker.sessions.get("session");
  assert.ok(
    record?.kind === "tombstone" && record.close.sent >= stored,
    "what was stored is there, or something newer",
  );
  assert.ok(entries > KILLS * SENDERS, `only ${entries} entries: nothing was tried`);
  await broker.close();
}
