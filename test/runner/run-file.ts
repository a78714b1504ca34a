import { run } from "node:test";
import { killTrees } from "./process-tree.ts";

export interface TestFailure {
  /** The names of the suites and tests around it, and its own. */
  readonly path: readonly string[];
  readonly error: unknown;
}

export interface FileResult {
  readonly file: string;
  passed: number;
  failed: number;
  skipped: number;
  durationMs: number;
  readonly failures: TestFailure[];
  /** Why tests were skipped, each reason once. */
  readonly skipReasons: Set<string>;
  /** What the tests printed, and their diagnostics, in order. */
  readonly output: string[];
}

/**
 * Runs one test file in a process of its own and counts what happened.
 *
 * A file that crashes, hangs beyond `timeoutMs`, or holds no test at all counts as one failed test. One that hangs is
 * killed with everything that it has started.
 * The time limit is an abort signal because `run({ timeout })` bounds single tests on some versions of Node.
 */
export async function runFile(file: string, timeoutMs: number): Promise<FileResult> {
  const result: FileResult = {
    file,
    passed: 0,
    failed: 0,
    skipped: 0,
    durationMs: 0,
    failures: [],
    skipReasons: new Set(),
    output: [],
  };
  const startedAt = performance.now();
  const path: string[] = [];
  /** Names of the tests that have begun and not ended, outermost first. */
  const running: string[] = [];
  const overtime = new AbortController();
  const timer = setTimeout(() => void killTrees(file).then(() => overtime.abort()), timeoutMs);

  for await (const event of run({ files: [file], signal: overtime.signal })) {
    switch (event.type) {
      case "test:dequeue":
        if (event.data.name !== file) running.push(event.data.name);
        break;
      case "test:complete":
        removeLast(running, event.data.name);
        break;
      case "test:start":
        path.length = event.data.nesting;
        path.push(event.data.name);
        break;
      case "test:pass":
        if (event.data.details.type === "suite") break;
        if (event.data.skip !== undefined) {
          result.skipped++;
          if (typeof event.data.skip === "string") result.skipReasons.add(event.data.skip);
        } else if (event.data.name === file) {
          // Node reports a file without tests as one passed test that is called after the file.
          fail(result, [], new Error("no test ran in this file"));
        } else {
          result.passed++;
        }
        break;
      case "test:fail": {
        if (event.data.details.type === "suite" && isFailureOfSubtests(event.data.details.error)) break;
        if (event.data.name === file && overtime.signal.aborted) {
          const then = running.length > 0 ? `running then: ${running.join(" › ")}` : "it says of no test that it runs";
          fail(result, [], new Error(`did not end within ${timeoutMs / 1_000} s; ${then}`));
          break;
        }
        const names = event.data.name === file ? [] : [...path.slice(0, event.data.nesting), event.data.name];
        fail(result, names, event.data.details.error);
        break;
      }
      case "test:stdout":
      case "test:stderr":
        result.output.push(event.data.message);
        break;
      case "test:diagnostic":
        // The closing totals of `run` name no file.
        if (event.data.file !== undefined) result.output.push(`${event.data.message}\n`);
        break;
    }
  }

  clearTimeout(timer);
  if (result.passed + result.failed + result.skipped === 0) fail(result, [], new Error("no test ran in this file"));
  result.durationMs = performance.now() - startedAt;
  return result;
}

function fail(result: FileResult, path: string[], error: unknown): void {
  result.failed++;
  if (!isFailureOfSubtests(error)) result.failures.push({ path, error: rootCause(error) });
}

function removeLast(names: string[], name: string): void {
  const index = names.lastIndexOf(name);
  if (index >= 0) names.splice(index, 1);
}

/** A test around a failed subtest fails too, but has nothing to tell. */
function isFailureOfSubtests(error: unknown): boolean {
  return error instanceof Error && "failureType" in error && error.failureType === "subtestsFailed";
}

/** Node wraps what a test threw in an error of its own. */
function rootCause(error: unknown): unknown {
  const isWrapper = error instanceof Error && "code" in error && error.code === "ERR_TEST_FAILURE";
  return isWrapper && error.cause !== undefined ? error.cause : error;
}
