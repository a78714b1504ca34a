// What is taken out of a data folder, while a server uses it, and put into another.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { sqlite } from "bowline";
import { missing } from "../programs/missing.ts";
import { Program } from "../programs/program.ts";
import { BOWLINE, run } from "./bowline.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder(after);
const ALL = { entries: 10_000, bytes: Number.POSITIVE_INFINITY };

/** A server's broker that has something to say. */
async function fill(data: string, count: number) {
  const broker = sqlite(data);
  await broker.append("hall", [
    { payload: '{"type":"hello"}', text: "ann: hello\u0000, \u001b[31m\u2028 wörld" },
    { payload: Uint8Array.from({ length: 256 }, (_, byte) => byte) },
  ]);
  const entries = Array.from({ length: count }, (_, n) => ({
    payload: `number ${n}`,
    key: `key ${n}`,
    keepKeyMs: 60_000,
  }));
  await broker.append("hall", entries);
  await broker.append("cellar", [{ payload: "" }]);
  return broker;
}

test("what is exported while a server runs, and imported, is exported again just so", async () => {
  const [from, to] = [join(folder, "from"), join(folder, "to")];
  const broker = await fill(from, 1_500);
  const exported = await run(["export", "hall", "--data", from]);
  assert.deepEqual([exported.code, exported.stderr], [0, ""]);
  const lines = exported.stdout.trimEnd().split("\n");
  assert.equal(lines.length, 1_502);
  assert.match(
    lines[0] ?? "",
    /^{"room":"hall","offset":1,"at":\d{13},"payload":"{\\"type\\":\\"hello\\"}","text":"ann: hello/,
  );

  const imported = await run(["import", "--data", to], { input: exported.stdout });
  assert.deepEqual(imported, { code: 0, stdout: "", stderr: "1502 entries imported\n" });
  assert.equal((await run(["export", "hall", "--data", to])).stdout, exported.stdout);

  // The server goes on with what was imported.
  const there = sqlite(to);
  const found = await there.search("hall", "number 1499", 5);
  assert.deepEqual(
    found.map(({ offset }) => offset),
    [1_502],
  );
  const [next] = await there.append("hall", [{ payload: "next" }]);
  assert.equal(next?.offset, 1_503);
  await there.close();
  await broker.close();
});

test("of an import with a line that is none, nothing is taken", async () => {
  const data = join(folder, "wrong");
  const good = '{"room":"hall","at":1,"payload":"hello"}\n';
  const cases: [line: string, why: RegExp][] = [
    ["hello", /JSON/],
    ['{"room":"hall","payload":"hello"}', /`at` has to be the time/],
    ['{"room":"hall","at":1}', /either `payload`, as text, or `base64`/],
    [
      `{"room":"hall","at":1,"payload":"${"x".repeat(1_048_577)}"}`,
      /line 3: a message of 1048577 bytes is above maxMess/,
    ],
    ['{"at":1,"payload":""}', /`room` has to be the name of a room/],
  ];
  for (const [line, why] of cases) {
    const { code, stdout, stderr } = await run(["import", "--data", data], { input: `${good}\n${line}\n${good}` });
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^bowline: nothing was imported, because of line 3: .*\n$/);
    assert.match(stderr, why);
  }
  const { code, stderr } = await run(["export", "hall", "--data", data]);
  assert.deepEqual([code, stderr], [1, `bowline: there is no room hall in ${data}\n`]);
});

test("a server that takes larger messages can be given larger entries", async () => {
  const data = join(folder, "large");
  const input = `{"room":"hall","at":1,"payload":"${"x".repeat(2_000_000)}"}\n`;
  const { code, stderr } = await run(["import", "--data", data, "--max-message-bytes", "2000000"], { input });
  assert.deepEqual([code, stderr], [0, "1 entry imported\n"]);
  for (const bytes of ["0", "2MB", "-1"]) {
    const refused = await run(["import", "--data", data, `--max-message-bytes=${bytes}`]);
    assert.equal(refused.code, 2, bytes);
  }
});

test("nothing is imported under a server that runs", async () => {
  const data = join(folder, "busy");
  const broker = await fill(data, 1);
  const { code, stderr } = await run(["import", "--data", data], { input: "" });
  assert.deepEqual([code, /is in use by process \d+: stop that one/.test(stderr)], [1, true]);
  await broker.close();
});

test("a backup has all that was acknowledged before, while the server goes on, and is another incarnation", async () => {
  const data = join(folder, "live");
  const broker = await fill(data, 10);
  let acknowledged = 12;
  let isOver = false;
  const writing = (async () => {
    while (!isOver) acknowledged = (await broker.append("hall", [{ payload: `${acknowledged + 1}` }]))[0]?.offset ?? 0;
  })();
  const before = acknowledged;
  const file = join(folder, "copy.db");
  assert.deepEqual(await run(["backup", file, "--data", data]), { code: 0, stdout: "", stderr: "" });
  const during = acknowledged;
  isOver = true;
  await writing;
  assert.equal(statSync(file).mode & 0o777, 0o600);

  const again = await run(["backup", file, "--data", data]);
  assert.deepEqual(again, {
    code: 1,
    stdout: "",
    stderr: `bowline: ${file} is there already, and is not overwritten\n`,
  });

  const restored = join(folder, "restored");
  mkdirSync(restored);
  copyFileSync(file, join(restored, "bowline.db"));
  const other = sqlite(restored);
  const head = await other.head("hall");
  assert.ok(before <= head.offset && head.offset <= during, `${before} <= ${head.offset} <= ${during}`);
  const original = await broker.readBack("hall", head.offset + 1, ALL);
  const { epoch, entries } = await other.readBack("hall", undefined, ALL);
  assert.deepEqual(entries, original.entries);
  // Clients that are ahead of it must notice.
  assert.notEqual(epoch, original.epoch);
  assert.notDeepEqual((await other.open()).signingKey, (await broker.open()).signingKey);
  const [repeated] = await other.append("hall", [{ payload: "number 0", key: "key 0", keepKeyMs: 60_000 }]);
  assert.equal(repeated?.isRepeat, false);
  await other.close();
  await broker.close();
});

test("where there is nothing to take, nothing is made", async () => {
  const data = join(folder, "nowhere");
  for (const args of [
    ["export", "hall"],
    ["backup", join(folder, "nothing.db")],
  ]) {
    const { code, stderr } = await run([...args, "--data", data]);
    assert.deepEqual([code, stderr], [1, `bowline: ${data} is no data folder: there is no bowline.db in it\n`]);
    const inMemory = await run([...args, "--data", ":memory:"]);
    assert.equal(inMemory.code, 2);
  }
  assert.ok(!readdirSync(folder).some((name) => name.startsWith("no")));
});

test("whoever has read enough of an export hears of no error", { skip: missing("sh", "head") }, async () => {
  const data = join(folder, "much");
  const broker = await fill(data, 5_000);
  await broker.close();
  const command = `'${process.execPath}' '${BOWLINE}' export hall --data ${data} | head -n 1`;
  await using program = new Program("sh", ["-c", command]);
  await program.end();
  assert.equal(program.stderr, "");
  assert.equal(program.stdout.split("\n").length, 2);
});

test("a terminal shows how far it is", { skip: missing("python3") }, async () => {
  const data = join(folder, "shown");
  const broker = await fill(data, 2_000);
  await broker.close();
  const lines = join(folder, "shown.jsonl");
  const bowline = `'${process.execPath}' '${BOWLINE}'`;
  const commands = `${bowline} export hall --data ${data} > ${lines} && ${bowline} import --data ${data} < ${lines}`;
  await using program = new Program("python3", [
    "-c",
    "import pty, sys; pty.spawn(sys.argv[1:])",
    "sh",
    "-c",
    commands,
  ]);
  await program.expect(/exporting hall .*━.* 100%/);
  await program.expect(/importing .*━.* 100%/);
  await program.expect(/2002 entries imported/);
  await program.exited();
  assert.equal(readFileSync(lines, "utf8").trimEnd().split("\n").length, 2_002);
});
