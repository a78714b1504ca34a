// What SQLite's bindings for Node do with the work that a broker has: transactions of 100 entries of 100 bytes on disk,
// and pages of 100. `npm run build && node dist/bench/sqlite-binding.js`; half a minute.
//
// Those that are not installed are left out. To compare them: `npm install --no-save node-sqlite3-wasm`.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Figures, noFigures, printFigures, rotate } from "./figures.ts";

const ROUNDS = 7;
const ENTRIES = 100;
const COMMITS = 100;
const PAGES = 200;
const PAYLOAD = "x".repeat(100);

/** What is needed of a binding. */
interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): { run(...values: unknown[]): unknown; all(...values: unknown[]): unknown[] };
  close(): unknown;
}

type Open = (file: string) => Database;

/** How each is loaded and opened. */
const BINDINGS: { readonly [name: string]: () => Promise<Open | undefined> } = {
  libsql: async () => {
    const module = await load<{ default: new (file: string) => Database }>("libsql");
    return module === undefined ? undefined : (file) => new module.default(file);
  },
  "node:sqlite": async () => {
    const module = process.getBuiltinModule?.("node:sqlite") as { DatabaseSync: new (file: string) => Database };
    return module === undefined ? undefined : (file) => new module.DatabaseSync(file);
  },
  "node-sqlite3-wasm": async () => {
    const module = await load<{ default: { Database: new (file: string) => Database } }>("node-sqlite3-wasm");
    return module === undefined ? undefined : (file) => takingLists(new module.default.Database(file));
  },
};

const folder = mkdtempSync(join(tmpdir(), "bowline-bench-"));
const opened: { readonly name: string; readonly database: Database }[] = [];
for (const [name, find] of Object.entries(BINDINGS)) {
  const open = await find();
  if (open === undefined) console.log(`${name} is not installed`);
  else opened.push({ name, database: prepare(open(join(folder, `${name.replace(":", "-")}.db`))) });
}
const names = opened.map(({ name }) => name);
const [reference = ""] = names;
const [commits, pages] = [noFigures(names), noFigures(names)];
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const { name, database } of rotate(opened, round)) {
    const rate = commit(database, round * COMMITS * ENTRIES);
    const micros = readPages(database);
    // The first round warms up the machine, and does not count.
    if (round === 0) continue;
    take(commits, name, rate);
    take(pages, name, micros);
  }
}
console.log(`Node ${process.version}, median of ${ROUNDS} rounds; ratio to ${reference}\n`);
printFigures(`transactions of ${ENTRIES}, each on disk: entries a second`, commits, reference, "", 0);
printFigures(`pages of ${ENTRIES}: time for one`, pages, reference, "µs", 0);
for (const { database } of opened) database.close();
rmSync(folder, { recursive: true });

function take(figures: Figures<string>, name: string, value: number): void {
  figures[name]?.push(value);
}

async function load<Module>(name: string): Promise<Module | undefined> {
  try {
    return (await import(name)) as Module;
  } catch {
    return undefined;
  }
}

/** This one takes the values of a statement as one list. */
function takingLists(database: Database): Database {
  return {
    exec: (sql) => database.exec(sql),
    close: () => database.close(),
    prepare(sql) {
      const statement = database.prepare(sql);
      return { run: (...values) => statement.run(values), all: (...values) => statement.all(values) };
    },
  };
}

function prepare(database: Database): Database {
  // One of them cannot do otherwise: it has no memory to share with other processes.
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  database.prepare("PRAGMA journal_mode = WAL").all();
  database.exec("PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE entries (id INTEGER PRIMARY KEY, at INTEGER, payload ANY, text TEXT) STRICT");
  return database;
}

function commit(database: Database, from: number): number {
  const insert = database.prepare("INSERT INTO entries VALUES (?, ?, ?, ?)");
  const start = performance.now();
  for (let id = from; id < from + COMMITS * ENTRIES; ) {
    database.exec("BEGIN IMMEDIATE");
    for (const end = id + ENTRIES; id < end; id += 1) insert.run(id, 1_700_000_000_000, PAYLOAD, null);
    database.exec("COMMIT");
  }
  return (COMMITS * ENTRIES * 1_000) / (performance.now() - start);
}

function readPages(database: Database): number {
  const select = database.prepare("SELECT id, at, payload, text FROM entries WHERE id > ? ORDER BY id LIMIT ?");
  const start = performance.now();
  for (let page = 0; page < PAGES; page += 1) {
    const rows = select.all((page * 37) % (COMMITS * ENTRIES - ENTRIES), ENTRIES);
    if (rows.length !== ENTRIES) throw new Error(`a page has ${rows.length} rows`);
  }
  return ((performance.now() - start) * 1_000) / PAGES;
}
