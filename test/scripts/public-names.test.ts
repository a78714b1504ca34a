import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const script = pathToFileURL(join(import.meta.dirname, "..", "..", "..", "scripts", "public-names.mjs"));
const PRINT = `const { publicNames } = await import(process.argv[1]);
console.log(JSON.stringify([...publicNames(process.argv[2])].sort()));`;

/** The names found behind the door of these declarations, `index.d.ts`. */
function namesOf(files: Record<string, string>): string[] {
  const folder = mkdtempSync(join(tmpdir(), "bowline-names-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const args = ["--input-type=module", "-e", PRINT, script.href, join(folder, "index.d.ts")];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

for (const [what, files, names] of [
  [
    "an exported interface",
    { "index.d.ts": "export interface Peer { readonly address: string; close(): void }" },
    ["address", "close"],
  ],
  [
    "a re-export, under the name that it has outside",
    {
      "index.d.ts": `export { Inner as Peer } from "./a.js"; export * from "./b.js";`,
      "a.d.ts": "export interface Inner { address: string }",
      "b.d.ts": "export interface Room { members: number }",
    },
    ["Peer", "address", "members"],
  ],
  [
    "a nested type, and one that only a member refers to, in another file",
    {
      "index.d.ts": `import type { Limits } from "./a.js";
        export interface Options { nested: { readonly depth: number }; limits(): Limits[] }
        export declare function connect(tls: import("./b.js").Tls): void;`,
      "a.d.ts": "interface Window { bytes: number } export interface Limits extends Window { windows: Window }",
      "b.d.ts": "export interface Tls { ca: string }",
    },
    ["bytes", "ca", "depth", "limits", "nested", "windows"],
  ],
  [
    "a class, without what is private in it",
    {
      "index.d.ts": `import { Hidden } from "./a.js";
        export declare class Line { #secret; private inner: Hidden; readonly open: boolean; [Symbol.iterator](): void }`,
      "a.d.ts": "export declare class Hidden { depth: number }",
    },
    ["open"],
  ],
  [
    "nothing that is declared and not reached",
    { "index.d.ts": "interface Unused { hidden: string } export interface Peer { address: string }" },
    ["address"],
  ],
] as const) {
  test(`finds the public names of ${what}`, () => {
    assert.deepEqual(namesOf(files), [...names].sort());
  });
}
