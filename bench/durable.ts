// What is on disk before it is acknowledged: sends of 100 bytes to a room by 100 senders, each of whom waits for its own,
// beside what the bare binding does with the same entries in transactions of 100; and pages of 100 entries.
// `npm run build && node dist/bench/durable.js`; half a minute. The figures to keep are the ratios.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, serve, sqlite } from "bowline";
import { loadBinding } from "../src/broker/sqlite/binding.ts";
import { noFigures, printFigures, rotate } from "./figures.ts";

const ROUNDS = 7;
const SENDERS = 100;
const SENDS = 200;
const PAGES = 300;
const PAYLOAD = "x".repeat(100);

const folder = mkdtempSync(join(tmpdir(), "bowline-bench-"));
const broker = sqlite(join(folder, "data"));
const server = await serve({ port: 0, broker }, async () => {});
const Binding = await loadBinding();
const bare = new Binding(join(folder, "bare.db"));
bare.prepare("PRAGMA journal_mode = WAL").all();
bare.exec("PRAGMA synchronous = FULL");
bare.exec("CREATE TABLE entries (id INTEGER PRIMARY KEY, at INTEGER, payload ANY, text TEXT) STRICT");
const insert = bare.prepare("INSERT INTO entries VALUES (NULL, ?, ?, ?)");
let keys = 0;

/** Each does `SENDERS * SENDS` entries. */
const WORK = {
  "bare binding": async () => {
    for (let commit = 0; commit < SENDS; commit += 1) {
      bare.exec("BEGIN IMMEDIATE");
      for (let entry = 0; entry < SENDERS; entry += 1) insert.run(Date.now(), PAYLOAD, null);
      bare.exec("COMMIT");
    }
  },
  "broker.append": () => fromAll(() => broker.append("appended", [{ payload: PAYLOAD }])),
  "the same, with keys": () =>
    fromAll(() => {
      keys += 1;
      return broker.append("keyed", [{ payload: PAYLOAD, key: `0123456789abcdef/${keys}/keyed/1`, keepKeyMs: 10_000 }]);
    }),
  "room.send": () => fromAll(() => server.room("sent").send(PAYLOAD)),
};
type Candidate = keyof typeof WORK;
const CANDIDATES = Object.keys(WORK) as Candidate[];

const rates = noFigures(CANDIDATES);
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const candidate of rotate(CANDIDATES, round)) {
    const start = performance.now();
    await WORK[candidate]();
    // The first round warms up the machine, and does not count.
    if (round > 0) rates[candidate].push((SENDERS * SENDS * 1_000) / (performance.now() - start));
  }
}
console.log(`Node ${process.version}, median of ${ROUNDS} rounds; ratio to the bare binding\n`);
printFigures(`${SENDERS} senders, entries of 100 bytes: on disk a second`, rates, "bare binding", "", 0);

const pages = noFigures(["page", "page, far back"]);
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const [name, from] of [["page", 100_000] as const, ["page, far back", 100] as const]) {
    const micros = await readPages(broker, from);
    if (round > 0) pages[name].push(micros);
  }
}
printFigures("a page of 100 entries, one after the other", pages, "page", "µs", 0);

await server.close();
await broker.close();
bare.close();
rmSync(folder, { recursive: true });

async function fromAll(send: () => Promise<unknown>): Promise<void> {
  const sender = async (): Promise<void> => {
    for (let sent = 0; sent < SENDS; sent += 1) await send();
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
}

async function readPages(from: Broker, offset: number): Promise<number> {
  const { epoch } = await from.head("appended");
  const start = performance.now();
  for (let page = 0; page < PAGES; page += 1) {
    const { entries } = await from.read("appended", { epoch, offset: offset + page }, { entries: 100, bytes: 65_536 });
    if (entries.length !== 100) throw new Error(`a page has ${entries.length} entries`);
  }
  return ((performance.now() - start) * 1_000) / PAGES;
}
