import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

const script = join(import.meta.dirname, "..", "..", "..", "scripts", "check-imports.mjs");

/** Runs the check over a tree of `path: source`; gives its complaints, none when it is content. */
function complaintsAbout(tree: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), "bowline-imports-"));
  try {
    for (const [path, source] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), source);
    }
    const { status, stderr } = spawnSync(process.execPath, [script, root], { encoding: "utf8" });
    const complaints = stderr.split("\n").filter((line) => line !== "");
    assert.equal(status, complaints.length > 0 ? 1 : 0);
    return complaints;
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("imports downward, and by the public doors, are allowed", () => {
  const tree = {
    "src/protocol/frames.ts": `export const frame = 1;`,
    "src/session/session.ts": `import { frame } from "../protocol/frames.ts"; export const session = frame;`,
    "src/server/serve.ts": `import "node:net"; import type {} from "../session/session.ts"; export const serve = 1;`,
    "src/index.ts": `export { serve } from "./server/serve.ts";`,
    "src/chat/chat.ts": `import { serve } from "bowline"; import { z } from "zod"; export { serve, z };`,
    "examples/echo.ts": `import { serve } from "bowline"; import { connect } from "bowline/client";`,
  };
  assert.deepEqual(complaintsAbout(tree), []);
});

for (const [what, path, source, complaint] of [
  [
    "an import upward",
    "src/protocol/a.ts",
    `import "../session/b.ts";`,
    /src\/protocol must not import src\/session\/b.ts/,
  ],
  ["a type imported upward", "src/session/a.ts", `import type { B } from "../runtime/b.ts";`, /must not import/],
  ["a re-export upward", "src/broker/a.ts", `export * from "../rooms/b.ts";`, /must not import/],
  ["a dynamic import upward", "src/rooms/a.ts", `await import("../server/b.ts");`, /must not import/],
  ["an inline type import upward", "src/rooms/a.ts", `export type B = import("../server/b.ts").B;`, /must not import/],
  ["server and client", "src/server/a.ts", `import "../client/b.ts";`, /must not import/],
  ["Node in a pure layer", "src/runtime/a.ts", `import "node:fs";`, /must not import node:fs/],
  ["a socket outside its layers", "src/rooms/a.ts", `import "node:net";`, /must not import node:net/],
  ["Node in what pages load", "src/client/a.ts", `import "node:fs";`, /must not import node:fs/],
  ["Node's client in a page's", "src/client/browser/a.ts", `import "../node/b.ts";`, /must not import/],
  ["a session's inside in its messages", "src/messages/a.ts", `import "../session/b.ts";`, /must not import/],
  ["a package in the library", "src/server/a.ts", `import pino from "pino";`, /must not import pino/],
  ["an application past the public door", "src/chat/a.ts", `import "../server/b.ts";`, /must not import/],
  ["an example past the public door", "examples/a.ts", `import "../src/index.ts";`, /must not import/],
  ["the server in a page", "web/src/a.tsx", `import { serve } from "bowline";`, /must not import bowline/],
  ["a folder without a layer", "src/elsewhere/a.ts", `export {};`, /belongs to no layer/],
] as const) {
  test(`refuses ${what}`, () => {
    const complaints = complaintsAbout({ [path]: source });
    assert.equal(complaints.length, 1);
    assert.match(complaints[0] ?? "", complaint);
  });
}

test("an example in a comment is not an import", () => {
  assert.deepEqual(complaintsAbout({ "src/runtime/a.ts": `/** import { serve } from "bowline"; */ export {};` }), []);
});
