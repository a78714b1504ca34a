import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { DEFAULT_LIMITS } from "../../src/session/limits.ts";

const page = readFileSync(new URL("../../../docs/limits.md", import.meta.url), "utf8");

const UNITS = { "": 1, KiB: 1_024, MiB: 1_024 * 1_024 };

test("docs/limits.md has a row for every limit, with its default", () => {
  const rows = page.matchAll(/^\| `(?<name>\w+)` \| (?<number>[\d,]+) ?(?<unit>KiB|MiB|)/gm);
  const documented = Array.from(rows, ({ groups }) => {
    const { name = "", number = "", unit = "" } = groups ?? {};
    return [name, Number(number.replaceAll(",", "")) * UNITS[unit as keyof typeof UNITS]] as const;
  });
  assert.deepEqual(Object.fromEntries(documented), { ...DEFAULT_LIMITS });
});
