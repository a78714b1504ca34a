import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../../", import.meta.url);

type Target = string | { readonly [condition: string]: Target };

const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
  exports: { readonly [path: string]: Target };
};

/** Conditions that lead to a file, and the file. */
function routes(target: Target, conditions: readonly string[] = []): { conditions: readonly string[]; file: string }[] {
  if (typeof target === "string") return [{ conditions, file: target }];
  return Object.entries(target).flatMap(([condition, next]) => routes(next, [...conditions, condition]));
}

test("every file that the package exports is there", () => {
  const all = Object.values(exports).flatMap((target) => routes(target));
  assert.ok(all.length > 5, "found no exports");
  for (const { file } of all) assert.ok(existsSync(new URL(file, root)), file);
});

test("conditions come in the order in which they must be asked: types first, browser before default", () => {
  for (const [path, target] of Object.entries(exports)) {
    const conditions = routes(target).map((route) => route.conditions.join(" "));
    const expected = ["browser types", "browser default", "default types", "default default", "types", "default", ""];
    const ranks = conditions.map((condition) => expected.indexOf(condition));
    assert.ok(!ranks.includes(-1), `${path}: ${conditions}`);
    assert.deepEqual(
      ranks,
      [...ranks].sort((a, b) => a - b),
      path,
    );
  }
});

test("Node gets the client for Node, and pages get the one for pages", async () => {
  assert.match(import.meta.resolve("bowline/client"), /\/client\/node\/index\.js$/);
  const { connect } = await import("bowline/client");
  assert.equal(typeof connect, "function");
  const { "./client": client } = exports;
  assert.match(
    routes(client ?? "").find(({ conditions }) => conditions.join(" ") === "browser default")?.file ?? "",
    /\/browser\/client\.js$/,
  );
});
