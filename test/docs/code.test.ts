import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..", "..");
const folder = join(root, "dist", "test", "docs", "code");
const exampleFolder = join(root, "dist", "test", "docs", "example");
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
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
  const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    encoding: "utf8",
  });
  assert.equal(status, 0, stdout);
});

test("the test that Getting started shows passes, on its own", () => {
  const page = readFileSync(join(root, "docs", "getting-started.md"), "utf8");
  const [, code = ""] = /^```ts\n((?:(?!^```)[\s\S])*?from "bowline\/testing";[\s\S]*?)^```/m.exec(page) ?? [];
  assert.ok(code.includes('from "node:test"'), "it shows no test");
  rmSync(exampleFolder, { recursive: true, force: true });
  mkdirSync(exampleFolder, { recursive: true });
  const compilerOptions = { ...CONFIG.compilerOptions, noEmit: false, rootDir: exampleFolder, outDir: exampleFolder };
  writeFileSync(join(exampleFolder, "tsconfig.json"), JSON.stringify({ ...CONFIG, compilerOptions }));
  writeFileSync(join(exampleFolder, "example.ts"), code);
  const compiled = spawnSync(process.execPath, [tsc, "-p", exampleFolder, "--pretty", "false"], { encoding: "utf8" });
  assert.equal(compiled.status, 0, compiled.stdout);
  // Run inside of another test run, it would report to that one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const ran = spawnSync(process.execPath, [join(exampleFolder, "example.js")], { encoding: "utf8", env });
  assert.equal(ran.status, 0, ran.stdout);
  assert.match(ran.stdout, /what is sent while the line is down/);
});
