// `npm test` runs this: every compiled test, each file in a process of its own, and the totals on the last line.
// Arguments keep the files whose path holds one of them: `npm test -- simulation unit/protocol`.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import { describeFile, describeTotals } from "./runner/report.ts";
import { type FileResult, runFile } from "./runner/run-file.ts";
import { findTestFiles, shortName } from "./runner/test-files.ts";

/** Long enough for the slowest file on a busy machine; what is still running then hangs. */
const FILE_TIMEOUT_MS = 120_000;
/** Those that do one thing hundreds of times. */
const LONG_FILE_TIMEOUT_MS = 300_000;
const IS_LONG = /^(simulation\/|fault\/exactly-once)/;
/** Tests of these kinds use the whole machine or measure on it, so each of their files runs alone. */
const RUN_ALONE = /^(browser|fault|simulation)\//;

const compiledRoot = import.meta.dirname;
const sourceRoot = join(compiledRoot, "..", "..", "test");
const files = findTestFiles(compiledRoot, sourceRoot, process.argv.slice(2));
const alone = files.filter((file) => RUN_ALONE.test(shortName(file, compiledRoot)));
const together = files.filter((file) => !alone.includes(file));

const results: FileResult[] = [];
await runAll(together, availableParallelism());
await runAll(alone, 1);

if (results.length === 0) console.error("no test file found");
process.exitCode = results.length === 0 || results.some((result) => result.failed > 0) ? 1 : 0;
// A test that outlived its time limit may still hold this process open, so leave once the last line is out.
process.stdout.write(`${describeTotals(results, compiledRoot)}\n`, () => process.exit());

async function runAll(files: readonly string[], concurrency: number): Promise<void> {
  const queue = files.values();
  const runNext = async () => {
    for (const file of queue) {
      const result = await runFile(file, isLong(file) ? LONG_FILE_TIMEOUT_MS : FILE_TIMEOUT_MS);
      results.push(result);
      console.log(describeFile(result, compiledRoot));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, runNext));
}

function isLong(file: string): boolean {
  return IS_LONG.test(shortName(file, compiledRoot));
}
