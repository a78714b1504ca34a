// Backups and imports that are killed: there is a whole one, or none.

import assert from "node:assert/strict";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { sqlite } from "bowline";
import { loadBinding } from "../../src/broker/sqlite/binding.ts";
import { BOWLINE, bowline, run } from "../cli/bowline.ts";
import { temporaryFolder } from "../cli/temporary-folder.ts";
import { Program } from "../programs/program.ts";

const KILLS = 12;
const ENTRIES = 20_000;

const folder = temporaryFolder(after);
const data = join(folder, "data");

test("of a backup that is killed there is all or nothing, and the next one is made all the same", async () => {
  const broker = sqlite(data);
  const entries = Array.from({ length: ENTRIES }, (_, n) => ({ payload: `number ${n} ${"x".repeat(500)}` }));
  await broker.append("hall", entries);
  await broker.search("hall", "number", 1);
  await broker.close();
  const file = join(folder, "copy.db");
  const begun = performance.now();
  assert.equal((await run(["backup", file, "--data", data])).code, 0);
  const wholeMs = performance.now() - begun;
  const Binding = await loadBinding();
  for (let kill = 0; kill < KILLS; kill += 1) {
    rmSync(file, { force: true });
    await using program = bowline(["backup", file, "--data", data]);
    await pause((wholeMs * (kill + 1)) / KILLS);
    program.kill("SIGKILL");
    await program.exited();
    if (!existsSync(file)) continue;
    const copy = new Binding(file);
    assert.equal(copy.prepare("SELECT count(*) AS n FROM entries").get()?.n, ENTRIES);
    assert.equal(copy.prepare("SELECT count(*) AS n FROM meta").get()?.n, 0, "it is another incarnation");
    copy.close();
  }
  rmSync(file, { force: true });
  assert.deepEqual(await run(["backup", file, "--data", data]), { code: 0, stdout: "", stderr: "" });
});

test("of an import that is killed all is there or nothing, and the next one takes all", async () => {
  const to = join(folder, "to");
  const { stdout: input } = await run(["export", "hall", "--data", data]);
  const lines = join(folder, "lines.jsonl");
  writeFileSync(lines, input);
  const from = 'exec "$0" "$1" import --data "$2" < "$3"';
  for (let kill = 0; kill < 5; kill += 1) {
    await using program = new Program("sh", ["-c", from, process.execPath, BOWLINE, to, lines]);
    await pause(100 * (kill + 1));
    program.kill("SIGKILL");
    await program.exited();
    const { code, stdout } = await run(["export", "hall", "--data", to]);
    assert.equal(stdout, code === 0 ? input : "");
    if (code === 0) rmSync(to, { recursive: true });
  }
  assert.equal((await run(["import", "--data", to], { input })).stderr, `${ENTRIES} entries imported\n`);
  assert.equal((await run(["export", "hall", "--data", to])).stdout, input);
});
