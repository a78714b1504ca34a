// What a server keeps in its folder, and what it says when it cannot.

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { loadBinding } from "../../src/broker/sqlite/binding.ts";
import { bowline, run, start } from "./bowline.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder(after);

/** Says something in the lobby; gives what was seen there, without times and names. */
async function say(port: number, text: string): Promise<string[]> {
  const { code, stdout } = await run(["connect", `tcp://127.0.0.1:${port}`], { input: `${text}\n` });
  assert.equal(code, 0);
  return Array.from(stdout.matchAll(/\] guest-\d+: (.*)\n/g), ([, said = ""]) => said);
}

test("a chat that was stopped, or killed, goes on where it was", async () => {
  const data = join(folder, "kept", "deep");
  const said: string[] = [];
  for (const [round, signal] of (["SIGTERM", "SIGKILL", "SIGTERM"] as const).entries()) {
    const { server, port } = await start(["chat", "--data", data]);
    await using _ = server;
    said.push(`round ${round}`);
    assert.deepEqual(await say(port, `round ${round}`), said);
    server.kill(signal);
    assert.equal(await server.exited(), signal === "SIGKILL" ? null : 0);
  }
  // One file when it is closed, besides those that keep others away; its owner's alone.
  assert.deepEqual(readdirSync(data).sort(), ["bowline.db", "bowline.lock", "bowline.pid"]);
  assert.equal(statSync(data).mode & 0o777, 0o700);
  for (const file of readdirSync(data)) assert.equal(statSync(join(data, file)).mode & 0o777, 0o600, file);
});

test("who is connected when it is killed goes on: nothing is missing, nothing comes twice", async (t) => {
  const data = join(folder, "killed");
  let { server, port } = await start(["chat", "--data", data]);
  t.after(() => server.kill("SIGKILL"));
  await using client = bowline(["connect", `127.0.0.1:${port}`, "--name", "ann"]);
  await using witness = bowline(["connect", `127.0.0.1:${port}`, "--name", "bob"]);
  witness.write("hello\n");
  await witness.expect(/bob: hello/);
  for (const text of ["one", "two", "three"]) {
    client.write(`${text}\n`);
    await client.expect(new RegExp(`ann: ${text}\n`));
    server.kill("SIGKILL");
    await server.exited();
    ({ server } = await start(["chat", "--data", data], port));
  }
  client.write("last\n");
  await client.expect(/ann: last\n/);
  await witness.expect(/ann: last\n/);
  for (const { stdout } of [client, witness]) {
    const said = Array.from(stdout.matchAll(/ann: (.*)\n/g), ([, text]) => text);
    assert.deepEqual(said, ["one", "two", "three", "last"]);
  }
});

test("while it runs, what it writes is its owner's alone", async () => {
  const data = join(folder, "private");
  const { server, port } = await start(["chat", "--data", data]);
  await using _ = server;
  await say(port, "hello");
  const files = readdirSync(data);
  assert.ok(files.includes("bowline.db-wal"));
  for (const file of files) assert.equal(statSync(join(data, file)).mode & 0o777, 0o600, file);
});

test("in memory, nothing is left behind", async () => {
  const data = join(folder, "empty");
  mkdirSync(data);
  const { server, port } = await start(["chat", "--data", ":memory:"]);
  await using _ = server;
  assert.deepEqual(await say(port, "hello"), ["hello"]);
  assert.deepEqual(readdirSync(data), []);
});

test("a second process is refused with the name of the first, and the first is not disturbed", async () => {
  const data = join(folder, "taken");
  const { server, port } = await start(["chat", "--data", data]);
  await using _ = server;
  assert.deepEqual(await say(port, "one"), ["one"]);
  const { code, stdout, stderr } = await run(["chat", "--port", "0", "--data", data]);
  assert.deepEqual([code, stdout], [1, ""]);
  const pid = readFileSync(join(data, "bowline.pid"), "utf8").trim();
  assert.equal(pid, String(server.pid));
  assert.equal(
    stderr,
    `bowline: ${data} is in use by process ${pid}: stop that one, or give this one another folder\n`,
  );
  assert.deepEqual(await say(port, "two"), ["one", "two"]);
});

test("where the system has no place for a folder: a sentence, at once", async (t) => {
  if (!existsSync("/proc/self")) return t.skip("only where there is a /proc");
  const { code, stderr } = await run(["chat", "--port", "0", "--data", "/proc/bowline"]);
  assert.deepEqual([code, stderr], [1, "bowline: /proc/bowline cannot be used: it cannot be made there\n"]);
});

test("a folder that cannot be used: one sentence, exit code 1, no stack", async () => {
  const Binding = await loadBinding();
  const cases: [name: string, prepare: (data: string) => void, sentence: RegExp][] = [
    ["file", (data) => writeFileSync(data, ""), / cannot be used: it is a file, and not a folder$/],
    [
      "garbage",
      (data) => {
        mkdirSync(data);
        writeFileSync(join(data, "bowline.db"), "nothing of the kind".repeat(1_000));
      },
      /bowline\.db is not a database, or is damaged: put a backup in its place, or move it away to begin anew$/,
    ],
    [
      "other",
      (data) => {
        mkdirSync(data);
        const database = new Binding(join(data, "bowline.db"));
        database.exec("CREATE TABLE recipes (name TEXT)");
        database.close();
      },
      /bowline\.db is another program's database: choose another folder$/,
    ],
    [
      "newer",
      (data) => {
        mkdirSync(data);
        const database = new Binding(join(data, "bowline.db"));
        database.exec(
          `PRAGMA application_id = ${0x42_4f_57_4c}; PRAGMA user_version = 99; CREATE TABLE rooms (name TEXT)`,
        );
        database.close();
      },
      /bowline\.db was written by a newer version of Bowline \(its format is 99, and this version knows 2\): update Bowline$/,
    ],
  ];
  for (const [name, prepare, sentence] of cases) {
    const data = join(folder, name);
    prepare(data);
    const { code, stdout, stderr } = await run(["chat", "--port", "0", "--data", data]);
    assert.deepEqual([code, stdout], [1, ""], name);
    assert.match(stderr, /^bowline: .*\n$/, name);
    assert.match(stderr.trimEnd(), sentence, name);
  }
});

test("a file that was cut short is found out", async () => {
  const data = join(folder, "damaged");
  const { server, port } = await start(["chat", "--data", data]);
  await say(port, "hello");
  server.kill("SIGTERM");
  await server.exited();
  truncateSync(join(data, "bowline.db"), 8_192);
  const { code, stderr } = await run(["chat", "--port", "0", "--data", data]);
  assert.equal(code, 1);
  assert.match(stderr, /bowline\.db is damaged: put a backup in its place, or move it away to begin anew\n$/);
});
