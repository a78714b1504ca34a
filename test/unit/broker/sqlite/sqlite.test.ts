import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { BrokerError, type Entry } from "../../../../src/broker/broker.ts";
import { type Database, loadBinding } from "../../../../src/broker/sqlite/binding.ts";
import { SqliteBroker, type SqliteOptions } from "../../../../src/broker/sqlite/sqlite.ts";
import { temporaryFolder } from "../../../cli/temporary-folder.ts";

const folder = temporaryFolder(after);
const MINUTE = 60_000;
let folders = 0;
let now = 1_700_000_000_000;

function newFolder(): string {
  folders += 1;
  return join(folder, `data-${folders}`);
}

function open(data: string, options: SqliteOptions = {}): SqliteBroker {
  return new SqliteBroker(data, options, () => now);
}

/** Looks into a closed broker's file. */
async function inspect<T>(data: string, look: (database: Database) => T): Promise<T> {
  const Binding = await loadBinding();
  const database = new Binding(join(data, "bowline.db"));
  try {
    return look(database);
  } finally {
    database.close();
  }
}

async function countOf(data: string, table: string): Promise<number> {
  return inspect(data, (database) => Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n));
}

test("opened again, it has the same logs, epochs, keys, sessions, words and signing key", async () => {
  const data = newFolder();
  const first = open(data);
  const { signingKey } = await first.open();
  const entry = { payload: "the quick fox", key: "k", keepKeyMs: MINUTE };
  const appended = await first.append("lobby", [entry]);
  const empty = await first.head("never written to");
  const close = { code: 1000, reason: "", retryAfterMs: 0, sent: 1, received: 2, by: "client" } as const;
  await first.sessions.put("s1", { kind: "tombstone", close }, MINUTE);
  await first.close();
  const second = open(data);
  assert.deepEqual((await second.open()).signingKey, signingKey);
  assert.deepEqual(
    await second.append("lobby", [entry]),
    appended.map((one) => ({ ...one, isRepeat: true })),
  );
  assert.deepEqual(await second.head("never written to"), empty);
  assert.deepEqual(await second.sessions.get("s1"), { kind: "tombstone", close });
  assert.equal((await second.search("lobby", "quick", 10)).length, 1);
  await second.close();
});

test("two folders have different epochs and keys", async () => {
  const [one, other] = [open(newFolder()), open(newFolder())];
  assert.notEqual((await one.head("lobby")).epoch, (await other.head("lobby")).epoch);
  assert.notDeepEqual(await one.open(), await other.open());
  await Promise.all([one.close(), other.close()]);
});

test("a second broker in the same process is refused, and does not take the first one's lock away", async () => {
  const data = newFolder();
  const first = open(data);
  await first.append("lobby", [{ payload: "one" }]);
  for (let round = 0; round < 2; round += 1) {
    const second = open(data);
    await assert.rejects(second.open(), new RegExp(`${data} is in use by process ${process.pid}: `));
    await assert.rejects(second.append("lobby", [{ payload: "two" }]), BrokerError);
    await second.close();
  }
  await first.close();
});

test("what has expired goes from the file", async () => {
  const data = newFolder();
  const broker = open(data);
  const close = { code: 1000, reason: "", retryAfterMs: 0, sent: 1, received: 2, by: "client" } as const;
  await broker.append("lobby", [{ payload: "one", key: "k", keepKeyMs: MINUTE }]);
  await broker.sessions.put("s1", { kind: "tombstone", close }, MINUTE);
  now += 2 * MINUTE;
  assert.equal(await broker.sessions.get("s1"), undefined);
  await broker.append("lobby", [{ payload: "two" }]);
  const [again] = await broker.append("lobby", [{ payload: "one", key: "k", keepKeyMs: MINUTE }]);
  assert.equal(again?.isRepeat, false);
  await broker.close();
  assert.deepEqual([await countOf(data, "keys"), await countOf(data, "sessions")], [1, 0]);
});

test("a clock that was ahead for a moment, and goes back, holds up nothing", async () => {
  const data = newFolder();
  const broker = open(data, { retention: { maxAgeMs: 3 * MINUTE } });
  const close = { code: 1000, reason: "", retryAfterMs: 0, sent: 1, received: 2, by: "client" } as const;
  now += 1_000 * MINUTE;
  await broker.append("lobby", [{ payload: "from the future" }]);
  now -= 1_000 * MINUTE;
  await broker.sessions.put("s1", { kind: "tombstone", close }, MINUTE);
  await broker.append("elsewhere", [{ payload: "old" }]);
  now += 5 * MINUTE;
  await broker.append("lobby", [{ payload: "new" }]);
  await broker.close();
  assert.deepEqual([await countOf(data, "sessions"), await countOf(data, "entries")], [0, 2]);
});

test("however much is appended at once, a room holds no more than it may", async () => {
  const broker = open(newFolder(), { retention: { maxEntries: 100 } });
  for (let round = 1; round <= 5; round += 1) {
    await broker.append(
      "lobby",
      Array.from({ length: 600 }, (_, index) => ({ payload: `${index}` })),
    );
    const { epoch, offset } = await broker.head("lobby");
    assert.equal(offset - (await broker.read("lobby", { epoch, offset: 0 }, PAGE)).after, 100);
  }
  await broker.close();
});

test("with less retention than before, what is too much goes bit by bit, and the newest stay", async () => {
  const data = newFolder();
  const generous = open(data);
  const payloads = Array.from({ length: 3_000 }, (_, index) => ({ payload: `word number ${index}` }));
  await generous.append("lobby", payloads);
  await generous.search("lobby", "word", 1);
  await generous.close();
  const broker = open(data, { retention: { maxEntries: 10 } });
  let left = Number.POSITIVE_INFINITY;
  let steps = 0;
  while (left > 10) {
    await broker.append("lobby", [{ payload: "another" }]);
    const { offset } = await broker.head("lobby");
    left = offset - (await broker.read("lobby", { ...(await broker.head("lobby")), offset: 0 }, PAGE)).after;
    steps += 1;
  }
  assert.ok(steps > 3, `all at once, in ${steps} steps`);
  await broker.close();
  assert.equal(await countOf(data, "entries"), 10);
  const { bytes } = await inspect(data, (database) => ({ ...database.prepare("SELECT bytes FROM rooms").get() }));
  assert.equal(bytes, await inspect(data, sumOfPayloads));
});

test("with less retention than before, a room in which nothing happens shrinks, too", async () => {
  const data = newFolder();
  const generous = open(data);
  const payloads = Array.from({ length: 2_000 }, (_, index) => ({ payload: `word number ${index}` }));
  for (const room of ["quiet", "loud", "lobby"]) await generous.append(room, payloads);
  await generous.close();
  const broker = open(data, { retention: { rooms: { quiet: { maxBytes: 100 } } } });
  // The first thing that happens makes it look through all rooms; the rest is done when there is time.
  await broker.append("lobby", [{ payload: "hello" }]);
  const { epoch } = await broker.head("quiet");
  for (let after = 0; after < 1_994; ) after = (await broker.read("quiet", { epoch, offset: 0 }, PAGE)).after;
  await broker.close();
  assert.equal(await countOf(data, "entries"), 6 + 2_000 + 2_001);
});

test("words of entries that are gone go when they are the greater part, and the others are found all the time", {
  timeout: 30_000,
}, async () => {
  const data = newFolder();
  const generous = open(data);
  const entries = Array.from({ length: 10_500 }, (_, index) => ({ payload: `word number ${index}` }));
  await generous.append("lobby", entries);
  await generous.search("lobby", "word", 1);
  await generous.close();
  assert.equal(await inspect(data, wordsIn), 10_500);
  const broker = open(data, { retention: { maxEntries: 100 } });
  await broker.append("lobby", [{ payload: "the last word" }]);
  for (let found: readonly Entry[] = []; found.length !== 100 || (await inspect(data, wordsIn)) > 1_000; ) {
    found = await broker.search("lobby", "word", 200);
    assert.equal(found.at(-1)?.payload, "the last word");
  }
  assert.equal((await broker.search("lobby", "word", 200))[0]?.payload, "word number 10401");
  await broker.close();
});

function wordsIn(database: Database): number {
  return Number(database.prepare("SELECT count(*) AS n FROM words WHERE words MATCH 'word'").get()?.n);
}

test("a file of the first version is brought up to date, with all that it has", async () => {
  const data = newFolder();
  const first = open(data);
  await first.append("lobby", [{ payload: "an old fox" }, { payload: "a newer fox" }]);
  await first.search("lobby", "fox", 1);
  await first.close();
  await inspect(data, (database) =>
    database.exec(`
      DROP TABLE words;
      CREATE VIRTUAL TABLE words USING fts5 (
        text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
      );
      PRAGMA user_version = 1;`),
  );
  const broker = open(data);
  const found = await broker.search("lobby", "fox", 5);
  assert.deepEqual(
    found.map(({ payload }) => payload),
    ["an old fox", "a newer fox"],
  );
  assert.equal((await broker.append("lobby", [{ payload: "next" }]))[0]?.offset, 3);
  await broker.close();
});

const PAGE = { entries: 100, bytes: 65_536 };

function sumOfPayloads(database: Database): unknown {
  return database.prepare("SELECT sum(octet_length(payload)) AS n FROM entries").get()?.n;
}

test("there are only so many rooms; those that are there go on", async () => {
  const broker = open(newFolder(), { maxRooms: 1 });
  const outcomes = await Promise.allSettled([
    broker.append("one", [{ payload: "first" }]),
    broker.append("two", [{ payload: "too many" }, { payload: "still" }]),
    broker.append("one", [{ payload: "second" }]),
  ]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.equal((await broker.head("one")).offset, 2);
  await broker.close();
});

test("large logs are followed page by page, with what is appended meanwhile", async () => {
  const broker = open(newFolder());
  const entries = Array.from({ length: 2_500 }, (_, index) => ({ payload: String(index) }));
  await broker.append("lobby", entries);
  const { epoch } = await broker.head("lobby");
  const heard: Entry[] = [];
  const following = broker.follow("lobby", { epoch, offset: 0 }, (fresh) => heard.push(...fresh));
  for (let more = 0; more < 50; more += 1) await broker.append("lobby", [{ payload: `more ${more}` }]);
  await following;
  await broker.append("lobby", [{ payload: "last" }]);
  assert.deepEqual(
    heard.map(({ offset }) => offset),
    Array.from({ length: 2_551 }, (_, index) => index + 1),
  );
  await broker.close();
});

/** Writes over a file, from where this is in it. */
function damage(data: string, from: string, bytes: number): void {
  const file = join(data, "bowline.db");
  const at = readFileSync(file).indexOf(from);
  assert.ok(at > 0);
  const handle = openSync(file, "r+");
  writeSync(handle, Buffer.alloc(bytes, 0xff), 0, bytes, Math.floor(at / 4_096) * 4_096);
  closeSync(handle);
}

async function fillRooms(data: string): Promise<void> {
  const broker = open(data);
  await broker.append("small", [{ payload: "unharmed" }]);
  const large = Array.from({ length: 100 }, (_, index) => ({ payload: `entry ${index} ${"x".repeat(4_000)}` }));
  await broker.append("large", large);
  await broker.close();
}

test("damage in the middle of the file is said to whoever needs that part, and to nobody else", async () => {
  const data = newFolder();
  await fillRooms(data);
  damage(data, "entry 50 x", 4_096);
  const broker = open(data);
  const { epoch } = await broker.head("large");
  await assert.rejects(broker.read("large", { epoch, offset: 0 }, PAGE), /bowline\.db is damaged: put a backup/);
  const { entries } = await broker.readBack("small", undefined, PAGE);
  assert.equal(entries[0]?.payload, "unharmed");
  await broker.close();
});

test("damage to what it needs to begin is said when it is opened", async () => {
  const data = newFolder();
  await fillRooms(data);
  damage(data, "CREATE TABLE rooms", 4_096);
  const broker = open(data);
  await assert.rejects(broker.open(), /bowline\.db is not a database, or is damaged: put a backup/);
  await broker.close();
});

test("a process that forgets to close it can end; what it was asked for is done", () => {
  const data = newFolder();
  const door = new URL("../../../../src/index.js", import.meta.url).href;
  const script = `
    import { sqlite } from ${JSON.stringify(door)};
    const broker = sqlite(${JSON.stringify(data)});
    const appended = broker.append("lobby", [{ payload: "one" }]);
    await broker.append("lobby", [{ payload: "two" }]);
    console.log(JSON.stringify(await appended));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    encoding: "utf8",
    timeout: 20_000,
  });
  assert.deepEqual([status, stderr], [0, ""]);
  assert.match(stdout, /"offset":1/);
});

test("importing the library loads no SQLite", () => {
  const door = new URL("../../../../src/index.js", import.meta.url).href;
  const script = `
    import { memory } from ${JSON.stringify(door)};
    await memory().append("lobby", [{ payload: "one" }]);
    console.log(process.report.getReport().sharedObjects.filter((name) => /libsql|\\.node$/.test(name)).length);`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], { encoding: "utf8" });
  assert.equal(stdout.trim(), "0");
});

test("a room whose first entry did not come onto the disk keeps no search waiting", async () => {
  const data = newFolder();
  const broker = open(data);
  await broker.append("kept", [{ payload: "something old" }]);
  const Binding = await loadBinding();
  const other = new Binding(join(data, "bowline.db"));
  other.exec("CREATE TRIGGER full BEFORE UPDATE ON rooms BEGIN SELECT RAISE(ABORT, 'no room'); END");
  await assert.rejects(broker.append("lost", [{ payload: "something new" }]));
  other.exec("DROP TRIGGER full");
  other.close();
  assert.deepEqual(await broker.search("lost", "something", 5), []);
  assert.equal((await broker.search("kept", "something", 5)).length, 1);
  await broker.append("lost", [{ payload: "something else" }]);
  assert.equal((await broker.search("lost", "something", 5)).length, 1);
  await broker.close();
});
