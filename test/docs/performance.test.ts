import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { updatePage } from "../../bench/page.ts";

test("docs/performance.md shows the figures that are kept in bench/results", () => {
  const page = readFileSync(new URL("../../../docs/performance.md", import.meta.url), "utf8");
  assert.match(page, /^## \w+: .+\n\n`npm run bench/m);
  assert.equal(updatePage(page), page);
});
