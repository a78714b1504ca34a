import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { WORLDS } from "./worlds.ts";

/** Of each world: all of them together make more than two thousand. */
const SEEDS = 64;

const run = promisify(execFile);

describe("the promises hold, whatever goes wrong", { concurrency: availableParallelism() }, () => {
  for (const world of Object.keys(WORLDS)) {
    it(`${world}, ${SEEDS} seeds`, async (t) => {
      const program = join(import.meta.dirname, "run.js");
      // What it prints says how to replay the seeds that failed.
      const { stdout } = await run(process.execPath, [program, world, "0", String(SEEDS)]).catch(
        (error: { stdout?: string; stderr?: string }) => assert.fail(`${error.stdout}${error.stderr}`),
      );
      t.diagnostic(stdout.trim());
    });
  }
});
