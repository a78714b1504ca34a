// A disk that is full: whoever sends is told, nobody else notices, and it goes on when there is room again.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { temporaryFolder } from "../cli/temporary-folder.ts";
import { Program } from "../programs/program.ts";
import type { FullDiskReport } from "./processes/full-disk.ts";

const folder = temporaryFolder(after);
const SCRIPT = join(import.meta.dirname, "processes", "full-disk.js");
/** A disk of its own, which nobody else sees, for one process. */
const WITH_DISK = 'mount -t tmpfs -o size=2m none "$0" && exec "$@"';

const mounts = spawnSync("unshare", ["-rm", "true"]).status === 0;
const skip = mounts ? false : "a disk of a process's own needs Linux and the right to `unshare --mount`";

test("sends reject while the disk is full, and nothing that was acknowledged is lost", { skip }, async () => {
  const disk = join(folder, "disk");
  mkdirSync(disk);
  const args = ["-rm", "sh", "-c", WITH_DISK, disk, process.execPath, SCRIPT, disk];
  await using program = new Program("unshare", args);
  const code = await program.end();
  assert.equal(code, 0, program.stderr);
  const report = JSON.parse(program.stdout) as FullDiskReport;
  assert.match(report.failure, /^BrokerError: .*bowline\.db could not be written: the disk is full$/);
  assert.match(report.again, /the disk is full$/);
  assert.ok(report.acknowledgedThen.length > 10);
  assert.deepEqual(report.whileFull, report.acknowledgedThen, "what was rejected is not there, all else is");
  assert.deepEqual(report.after, ["", ""], "with room again, sends resolve");
  assert.equal(report.status, "open", "the session stayed");
  assert.deepEqual(report.atEnd, report.acknowledged);
});
