import { existsSync, readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";

/**
 * Finds the compiled tests under `compiledRoot`, in a stable order.
 *
 * A compiled file whose TypeScript is gone from `sourceRoot` is left out: `tsc -b` never deletes what it once wrote.
 * `filters` keeps the files whose path holds one of them; a whole path as the shell completes it will do.
 */
export function findTestFiles(compiledRoot: string, sourceRoot: string, filters: readonly string[] = []): string[] {
  const wanted = filters.map((filter) => filter.replace(/^(dist\/)?test\//, "").replace(/\.test\.[jt]s$/, ""));
  return readdirSync(compiledRoot, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".test.js"))
    .filter((path) => existsSync(join(sourceRoot, path.replace(/\.js$/, ".ts"))))
    .filter((path) => wanted.length === 0 || wanted.some((filter) => shortName(path).includes(filter)))
    .sort()
    .map((path) => join(compiledRoot, path));
}

/** Names a test file for people: `unit/protocol/lines`, whatever the platform's separator. */
export function shortName(path: string, compiledRoot = ""): string {
  return relative(compiledRoot, path)
    .split(sep)
    .join("/")
    .replace(/\.test\.js$/, "");
}
