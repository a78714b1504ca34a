import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { promisify } from "node:util";
import { MUTANTS, type Mutant } from "./mutants.ts";

/** A rule that is missing must be missed within so many seeds. */
const SEEDS = 40;

const run = promisify(execFile);
const compiled = join(import.meta.dirname, "..", "..");
const root = dirname(compiled);
const folder = mkdtempSync(join(tmpdir(), "bowline-mutants-"));
after(() => rmSync(folder, { recursive: true }));

/** A copy of the compiled product and of the simulation, in which the replacements were made. */
function build(mutant: Mutant, index: number): string {
  const copy = join(folder, String(index));
  mkdirSync(copy);
  const isProgram = (path: string): boolean => !/\.(d\.ts|map|tsbuildinfo)$/.test(path);
  cpSync(join(compiled, "src"), join(copy, "dist", "src"), { recursive: true, filter: isProgram });
  cpSync(import.meta.dirname, join(copy, "dist", "test", "simulation"), { recursive: true, filter: isProgram });
  cpSync(join(root, "package.json"), join(copy, "package.json"));
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"), "junction");
  for (const { file, find, put } of mutant.replacements) {
    const path = join(copy, "dist", "src", file);
    const parts = readFileSync(path, "utf8").split(find);
    assert.equal(parts.length, 2, `"${find}" must be in ${file} once, and is there ${parts.length - 1} times`);
    writeFileSync(path, parts.join(put));
  }
  return join(copy, "dist", "test", "simulation", "run.js");
}

describe("each rule is missed when it is taken away", { concurrency: availableParallelism() }, () => {
  for (const [index, mutant] of MUTANTS.entries()) {
    it(mutant.without, async (t) => {
      const program = build(mutant, index);
      const args = [program, mutant.world, "0", String(SEEDS), "until-broken"];
      const outcome = await run(process.execPath, args).catch((error: { code: number; stdout: string }) => error);
      assert.ok("code" in outcome, `"${mutant.world}" went well without it for ${SEEDS} seeds`);
      t.diagnostic(outcome.stdout.trim());
    });
  }
});
