import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..", "..");
const folder = join(root, "dist", "test", "docs", "public-types");

const SHARED = `id origin peer status onstatuschange signal closed send flush request receive close
  [Symbol.asyncIterator] [Symbol.asyncDispose]`;

/** What each published type has, and nothing else: whatever is in it stays in it. */
const TYPES: { readonly [type: string]: string } = {
  'import("bowline").Session': `${SHARED} identity restarted state join room lineEnding`,
  'import("bowline/client").ClientSession': `${SHARED} room reauthenticate`,
  'import("bowline").Message': `sequence wantsReply gap room offset at isText byteLength text bytes json reply done`,
  'import("bowline").Room': `name send history search members leave`,
  'import("bowline").BroadcastRoom': `name send history search members`,
  'import("bowline/client").ClientRoom': `name [Symbol.asyncIterator]`,
  'import("bowline").SessionList': `size get [Symbol.iterator]`,
  'ReturnType<ReturnType<typeof import("bowline/messages").defineMessages>["server"]>': `session send request receive handle answer read [Symbol.asyncIterator]`,
  'ReturnType<ReturnType<typeof import("bowline/messages").defineMessages>["client"]>': `session send request receive handle answer read room [Symbol.asyncIterator]`,
  'import("bowline").Server': `sessions closed address room metrics close [Symbol.asyncDispose]`,
};

const CONFIG = {
  extends: join(root, "tsconfig.base.json"),
  compilerOptions: { composite: false, noEmit: true, noUnusedLocals: false, rootDir: root, types: ["node"] },
  include: ["*.ts"],
  exclude: [],
};

/** Compiles only if the type has these members, all of them and no others. */
function check(type: string, members: string): string {
  const record = members.split(/\s+/).map((name) => `${name}: 0`);
  return `({ ${record.join(", ")} }) satisfies { [Name in keyof ${type}]: 0 };`;
}

/** Compiles these files; gives what the compiler has to say. */
function compile(name: string, config: object, files: { readonly [name: string]: string }): string {
  const place = join(folder, name);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify(config));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place, file), text);
  const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
  return spawnSync(process.execPath, [tsc, "-p", place, "--pretty", "false"], { encoding: "utf8" }).stdout;
}

test("the published types show what applications may use, and nothing of what the layers have among themselves", () => {
  const lines = Object.entries(TYPES).map(([type, members]) => check(type, members));
  assert.equal(compile("members", CONFIG, { "members.ts": `${lines.join("\n")}\nexport {};\n` }), "");
});

/** A page's project, which knows nothing of Node, nor of what is newer than it asks for. */
const PAGE = {
  compilerOptions: {
    target: "es2022",
    lib: ["es2022", "dom"],
    module: "esnext",
    moduleResolution: "bundler",
    customConditions: ["browser"],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
    types: [],
  },
};

test("the client's types are checked in a page's project, without Node's and without the newest library", () => {
  const page = 'import { connect } from "bowline/client";\nawait (await connect("/")).close();\n';
  assert.equal(compile("page", PAGE, { "page.ts": page }), "");
});
