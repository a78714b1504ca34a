// Files that may not be written to, or not even be read: one sentence, whatever the command.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { sqlite } from "bowline";
import { Program } from "../programs/program.ts";
import { BOWLINE } from "./bowline.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder(after);
const NOBODY = 65_534;

async function fill(data: string): Promise<void> {
  const broker = sqlite(data);
  await broker.append("hall", [{ payload: "hello" }]);
  await broker.close();
}

/** Runs a command that is to say one sentence, and nothing else. */
async function sentenceOf(command: string, args: readonly string[]): Promise<string> {
  await using program = new Program(command, args);
  const code = await program.end();
  assert.deepEqual([code, program.stdout], [1, ""], program.stderr);
  assert.match(program.stderr, /^bowline: [^\n]+\n$/);
  return program.stderr.slice("bowline: ".length, -1);
}

/** Who may do anything is nobody, in a process of its own; others are what they are. */
const isRoot = process.getuid?.() === 0;
const AS_NOBODY = isRoot ? ["setpriv", "--reuid", `${NOBODY}`, "--clear-groups", process.execPath] : [process.execPath];
const [first = "", ...others] = AS_NOBODY;
const obeys = process.platform !== "win32" && spawnSync(first, [...others, BOWLINE, "--help"]).status === 0;

test("what its owner may not write to, or not read, is said", {
  skip: !obeys && "needs file permissions, and somebody who is bound by them",
}, async () => {
  chmodSync(folder, 0o755);
  const cases: [mode: (data: string) => void, command: string, sentence: RegExp][] = [
    [
      (data) => chmodSync(join(data, "bowline.db"), 0o400),
      "chat",
      /bowline\.db may not be written to: check who owns it/,
    ],
    [(data) => chmodSync(data, 0o500), "chat", /bowline\.db may not be written to: check who owns it/],
    [(data) => chmodSync(join(data, "bowline.db"), 0), "chat", /bowline\.db cannot be opened: check who owns it/],
    [
      (data) => chmodSync(join(data, "bowline.db"), 0),
      "export hall",
      /bowline\.db cannot be opened: check who owns it/,
    ],
    [
      (data) => chmodSync(join(data, "bowline.db"), 0),
      "backup copy.db",
      /bowline\.db cannot be opened: check who owns it/,
    ],
    [(data) => chmodSync(data, 0), "import", /bowline\.lock cannot be used: the system denies access to it$/],
  ];
  for (const [number, [deny, command, sentence]] of cases.entries()) {
    const data = join(folder, `denied-${number}`);
    await fill(data);
    for (const file of [".", ...readdirSync(data)]) if (isRoot) chownSync(join(data, file), NOBODY, NOBODY);
    deny(data);
    const said = await sentenceOf(first, [...others, BOWLINE, ...command.split(" "), "--data", data]);
    assert.match(said, sentence, command);
    chmodSync(data, 0o700);
  }
});

/** A disk of its own, which nobody else sees, for one process: it has what was in the folder, and may not be written to. */
const READ_ONLY =
  'cp -rp "$0" "$0.disk" && mount -t tmpfs none "$0" && cp -rp "$0.disk/." "$0" && mount -o remount,ro "$0" && exec "$@"';
const mounts = spawnSync("unshare", ["-rm", "true"]).status === 0;

test("a disk that is read-only is said", {
  skip: !mounts && "a disk of a process's own needs Linux and the right to `unshare --mount`",
}, async () => {
  const cases: [data: string, sentence: RegExp][] = [
    ["data", /bowline\.db cannot be used: its disk is read-only$/],
    ["missing", /missing cannot be used: (its disk is read-only|it cannot be made there)$/],
  ];
  for (const [number, [data, sentence]] of cases.entries()) {
    const disk = join(folder, `disk-${number}`);
    mkdirSync(disk);
    await fill(join(disk, "data"));
    const chat = [process.execPath, BOWLINE, "chat", "--port", "0", "--data", join(disk, data)];
    assert.match(await sentenceOf("unshare", ["-rm", "sh", "-c", READ_ONLY, disk, ...chat]), sentence);
  }
});
