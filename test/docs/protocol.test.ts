import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { CLOSE_CODES, CLOSE_MEANINGS } from "../../src/protocol/close-codes.ts";
import { FrameType } from "../../src/protocol/frames/frame.ts";

const root = new URL("../../../", import.meta.url);
const page = readFileSync(new URL("docs/protocol.md", root), "utf8");
const clauses = Array.from(page.matchAll(/^### §(\d+)\.(\d+) /gm), ([, section, number]) => `${section}.${number}`);

test("the table of close codes is the one in the code", () => {
  const rows = page.matchAll(
    /^\| (?<code>\d{4}) \| (?<name>[\w-]+) \| (?<ends>\w+) \| (?<client>[\w-]+) \| (?<meaning>.+) \|$/gm,
  );
  const documented = Array.from(rows, ({ groups }) => {
    const { code, name = "", ends, client, meaning } = groups ?? {};
    return [name, { code: Number(code), ends, client }, meaning] as const;
  });
  assert.deepEqual(Object.fromEntries(documented.map(([name, entry]) => [name, entry])), CLOSE_CODES);
  assert.deepEqual(Object.fromEntries(documented.map(([name, , meaning]) => [name, meaning])), CLOSE_MEANINGS);
});

test("the table of frame types is the one in the code", () => {
  const rows = page.matchAll(/^\| (?<type>\d{1,2}) \| (?<name>[A-Z]+) \| (?:client|server|both) \|$/gm);
  const documented = Array.from(rows, ({ groups }) => [groups?.name?.toLowerCase(), Number(groups?.type)]);
  assert.deepEqual(Object.fromEntries(documented), FrameType);
});

test("clauses are numbered without a break, section by section", () => {
  const numbers = clauses.map((clause) => clause.split(".").map(Number) as [number, number]);
  let [section, number] = [0, 0];
  for (const [nextSection, nextNumber] of numbers) {
    assert.deepEqual([nextSection, nextNumber], nextNumber === 1 ? [section + 1, 1] : [section, number + 1]);
    [section, number] = [nextSection, nextNumber];
  }
});

test("every clause of this page that the code names is on it", () => {
  const cited = new Set<string>();
  for (const path of readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" })) {
    if (!path.endsWith(".ts")) continue;
    const source = readFileSync(new URL(`src/${path}`, root), "utf8");
    for (const [, clause] of source.matchAll(/new ProtocolError\([^;]*?"§([\d.]+)"/g)) cited.add(clause ?? "");
  }
  assert.ok(cited.size > 10, "found no citations");
  assert.deepEqual(
    [...cited].filter((clause) => !clauses.includes(clause)),
    [],
  );
});

test("every clause that is mentioned on the page exists", () => {
  const mentioned = Array.from(page.matchAll(/(?<!RFC \d{4} )§(\d+(?:\.\d+)?)/g), ([, clause]) => clause ?? "");
  const sections = Array.from(page.matchAll(/^## (\d+) /gm), ([, section]) => section);
  const missing = mentioned.filter((clause) => !clauses.includes(clause) && !sections.includes(clause));
  assert.deepEqual(missing, []);
});
