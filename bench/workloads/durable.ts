// What is on disk before it is acknowledged: sends of 100 bytes to a room by 100 senders, each of whom waits for its own,
// beside what the bare binding does with the same entries in transactions of 100; and pages of 100 entries.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Broker, serve, sqlite } from "bowline";
import { loadBinding } from "../../src/broker/sqlite/binding.ts";
import type { Bench, Workload } from "../bench.ts";
import { rotate } from "../figures.ts";
import type { Column, Row, Table } from "../table.ts";

const SENDERS = 100;
const SENDS = 200;
const PAGES = 300;
const PAYLOAD = "x".repeat(100);
/** A page is read from so far back: its place in the log. */
const PAGE_FROM = { "a page": 100_000, "a page, far back": 100 } as const;

export const durable: Workload = {
  name: "durable",
  summary: `${SENDERS} senders, each send on disk before it is acknowledged; and pages of history`,
  async run(bench) {
    // The broker has a thread of its own.
    bench.options.placement.unpin();
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
    const works: { readonly [name: string]: () => Promise<void> } = {
      "bare binding": async () => {
        for (let commit = 0; commit < SENDS; commit += 1) {
          bare.exec("BEGIN IMMEDIATE");
          for (let entry = 0; entry < SENDERS; entry += 1) insert.run(Date.now(), PAYLOAD, null);
          bare.exec("COMMIT");
        }
      },
      "broker.append": () => fromAll(() => broker.append("appended", [{ payload: PAYLOAD }])),
      "broker.append, with keys": () =>
        fromAll(() => {
          keys += 1;
          const key = `0123456789abcdef/${keys}/keyed/1`;
          return broker.append("keyed", [{ payload: PAYLOAD, key, keepKeyMs: 10_000 }]);
        }),
      "room.send": () => fromAll(() => server.room("sent").send(PAYLOAD)),
    };
    try {
      return [await measureSends(bench, works), await measurePages(bench, broker)];
    } finally {
      await server.close();
      await broker.close();
      bare.close();
      rmSync(folder, { recursive: true });
    }
  },
};

async function measureSends(bench: Bench, works: { readonly [name: string]: () => Promise<void> }): Promise<Table> {
  const column: Column = { key: "rate", title: "on disk", unit: "entries a second", digits: 0 };
  const rates = new Map(Object.keys(works).map((name) => [name, [] as number[]]));
  const { rotations } = bench.options;
  for (let rotation = 0; rotation <= rotations; rotation += 1) {
    for (const [name, work] of rotate(Object.entries(works), rotation)) {
      const start = performance.now();
      await work();
      if (rotation > 0) rates.get(name)?.push((SENDERS * SENDS * 1_000) / (performance.now() - start));
      bench.step((rotations + 1) * (rates.size + 1));
    }
  }
  const rows = Array.from(rates, ([name, samples], index): Row => {
    return { name, kind: index === 0 ? "limit" : "bowline", samples: { rate: samples } };
  });
  return { title: `${SENDERS} senders, entries of 100 bytes`, columns: [column], rows, leftOut: [] };
}

async function measurePages(bench: Bench, broker: Broker): Promise<Table> {
  const column: Column = { key: "micros", title: "time", unit: "µs a page", digits: 0 };
  const times = new Map(Object.keys(PAGE_FROM).map((name) => [name, [] as number[]]));
  const { rotations } = bench.options;
  for (let rotation = 0; rotation <= rotations; rotation += 1) {
    for (const [name, from] of Object.entries(PAGE_FROM)) {
      const micros = await readPages(broker, from);
      if (rotation > 0) times.get(name)?.push(micros);
    }
    bench.step((rotations + 1) * 5);
  }
  const rows = Array.from(times, ([name, samples]): Row => ({ name, kind: "bowline", samples: { micros: samples } }));
  return { title: "Pages of 100 entries, one after the other", columns: [column], rows, leftOut: [] };
}

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
