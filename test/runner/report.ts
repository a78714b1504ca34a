import { inspect } from "node:util";
import type { FileResult } from "./run-file.ts";
import { shortName } from "./test-files.ts";

/** One line for a file that passed; for one that failed also what it printed and why. */
export function describeFile(result: FileResult, compiledRoot: string): string {
  const name = shortName(result.file, compiledRoot);
  const mark = result.failed > 0 ? "FAIL" : "ok  ";
  const count = result.passed + result.failed;
  const skipped = result.skipped > 0 ? `, ${result.skipped} skipped` : "";
  const lines = [
    `${mark} ${name} (${count} ${count === 1 ? "test" : "tests"}${skipped}, ${seconds(result.durationMs)})`,
  ];
  for (const reason of result.skipReasons) lines.push(`     skipped: ${reason}`);
  if (result.failed > 0) {
    if (result.output.length > 0) lines.push(indent(result.output.join("").trimEnd()));
    for (const failure of result.failures) {
      lines.push("", `  ✖ ${[name, ...failure.path].join(" › ")}`, indent(describeError(failure.error)), "");
    }
  }
  return lines.join("\n");
}

/** The closing lines: slowest files, failed tests by name, and last of all the totals. */
export function describeTotals(results: readonly FileResult[], compiledRoot: string): string {
  const lines = [""];
  const slowest = [...results].sort((a, b) => b.durationMs - a.durationMs).slice(0, 5);
  if (results.length > slowest.length) {
    lines.push(
      "slowest files:",
      ...slowest.map((result) => `  ${seconds(result.durationMs).padStart(7)} ${shortName(result.file, compiledRoot)}`),
      "",
    );
  }
  const failures = results.flatMap((result) =>
    result.failures.map(({ path }) => [shortName(result.file, compiledRoot), ...path].join(" › ")),
  );
  if (failures.length > 0) lines.push("failed:", ...failures.map((failure) => `  ✖ ${failure}`), "");
  const [passed, failed, skipped] = [sum(results, "passed"), sum(results, "failed"), sum(results, "skipped")];
  lines.push(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
  return lines.join("\n");
}

function describeError(error: unknown): string {
  // An assertion's own properties repeat its message; its stack says it all.
  const text = error instanceof Error && error.name === "AssertionError" ? error.stack : undefined;
  return (text ?? inspect(error)).replaceAll(/\n\s+at .*\bnode:internal\/.*/g, "");
}

function sum(results: readonly FileResult[], count: "passed" | "failed" | "skipped"): number {
  return results.reduce((total, result) => total + result[count], 0);
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, "    ");
}
