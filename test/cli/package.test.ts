// What is published, as it is installed: packed, unpacked beside its dependencies, and run.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { Program } from "../programs/program.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const MAX_PACKED_BYTES = 1_024 * 1_024;
/** What npm would run, or warn of, where the package is installed. */
const SCRIPTS_AT_INSTALLATION = ["preinstall", "install", "postinstall", "prepare"];

interface Manifest {
  readonly dependencies: { readonly [name: string]: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
  readonly scripts: { readonly [name: string]: string };
  readonly bin: { readonly bowline: string };
}

/** Packs the package and unpacks it into a project that has its dependencies, and nothing else of ours. */
function install(): { readonly tarball: string; readonly folder: string; readonly manifest: Manifest } {
  const project = temporaryFolder(after);
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", project], { cwd: root });
  const tarball = join(project, readdirSync(project)[0] ?? "");
  const modules = join(project, "node_modules");
  mkdirSync(modules);
  execFileSync("tar", ["-xzf", tarball, "-C", modules]);
  const folder = join(modules, "package");
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  for (const name of Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies })) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  return { tarball, folder, manifest };
}

const { tarball, folder, manifest } = install();
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));

test("the package is small, has no tests, and no map that leads nowhere", () => {
  assert.ok(statSync(tarball).size < MAX_PACKED_BYTES, `${statSync(tarball).size} bytes`);
  assert.deepEqual(
    files.filter((name) => /(^|\/)(test|bench|examples)\/|\.tsbuildinfo$|tsconfig/.test(name)),
    [],
  );
  for (const name of files.filter((each) => each.endsWith(".map"))) {
    const path = join(folder, name);
    const { sources, sourcesContent } = JSON.parse(readFileSync(path, "utf8")) as Record<string, readonly string[]>;
    if (sourcesContent !== undefined) continue;
    for (const source of sources ?? []) {
      // What an earlier build has left behind here is not there in a clone, from which it is published.
      const isLeftOver = !existsSync(join(root, dirname(name), source));
      assert.ok(isLeftOver || existsSync(join(dirname(path), source)), `${name}: ${source}`);
    }
  }
});

test("nothing runs where it is installed", () => {
  assert.deepEqual(
    SCRIPTS_AT_INSTALLATION.filter((name) => name in manifest.scripts),
    [],
  );
});

test("the chat runs from it, with its page", async () => {
  await using chat = new Program(process.execPath, [join(folder, manifest.bin.bowline), "chat", "--port", "0"]);
  const [port] = await chat.expect(/listening on port (\d+)\n/);
  const page = await fetch(`http://localhost:${port}/`);
  assert.match(await page.text(), /<title>Bowline<\/title>/);
});
