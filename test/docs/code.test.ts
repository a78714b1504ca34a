import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..", "..");
const folder = join(root, "dist", "test", "docs", "code");
const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter((path) =>
  path.endsWith(".md"),
);

/** What the pages leave to the reader's imagination. */
const CONTEXT = `
  declare const serve: typeof import("bowline").serve;
  declare const handler: import("bowline").Handler;
  declare const server: import("bowline").Server;
  declare const session: import("bowline/client").ClientSession;
  declare const key: string;
  declare const cert: string;
  declare function findUser(credential: string | undefined): Promise<{ id: string; expiresAt: number } | undefined>;
`;

const CONFIG = {
  extends: join(root, "tsconfig.base.json"),
  compilerOptions: { composite: false, noEmit: true, noUnusedLocals: false, rootDir: root, types: ["node"] },
  include: ["*.ts"],
  exclude: [],
};

test("what the pages show in TypeScript compiles", () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
  writeFileSync(join(folder, "context.d.ts"), CONTEXT);
  for (const page of pages) {
    const blocks = readFileSync(join(root, page), "utf8").matchAll(/^```ts\n(.*?)^```/gms);
    let count = 0;
    for (const [, code = ""] of blocks) {
      count += 1;
      // A block is a module of its own, whether or not it imports anything.
      writeFileSync(join(folder, `${page.replace("/", "-")}.${count}.ts`), `${code}\nexport {};\n`);
    }
  }
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});
