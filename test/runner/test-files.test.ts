import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { findTestFiles, shortName } from "./test-files.ts";

const folder = mkdtempSync(join(tmpdir(), "bowline-test-files-"));
after(() => rmSync(folder, { recursive: true }));
const [compiledRoot, sourceRoot] = [join(folder, "dist"), join(folder, "source")];

for (const path of ["unit/b", "unit/a", "fault/c"]) {
  for (const [root, extension] of [
    [compiledRoot, "js"],
    [sourceRoot, "ts"],
  ] as const) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, `${path}.test.${extension}`), "");
  }
}
writeFileSync(join(compiledRoot, "unit", "helper.js"), "");
writeFileSync(join(compiledRoot, "unit", "stale.test.js"), "");

function namesFor(...filters: string[]): string[] {
  return findTestFiles(compiledRoot, sourceRoot, filters).map((file) => shortName(file, compiledRoot));
}

test("finds tests in a stable order, and no output whose source is gone", () => {
  assert.deepEqual(namesFor(), ["fault/c", "unit/a", "unit/b"]);
});

test("filters keep the paths that hold one of them", () => {
  assert.deepEqual(namesFor("unit"), ["unit/a", "unit/b"]);
  assert.deepEqual(namesFor("a", "fault/c"), ["fault/c", "unit/a"]);
  assert.deepEqual(namesFor("nothing"), []);
});

test("a filter may be a whole path", () => {
  assert.deepEqual(namesFor("test/unit/a.test.ts"), ["unit/a"]);
  assert.deepEqual(namesFor("dist/test/unit/a.test.js"), ["unit/a"]);
});
