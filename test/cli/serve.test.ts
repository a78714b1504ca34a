import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { run, start } from "./bowline.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const folder = temporaryFolder(after);
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const stripsTypes = major > 22 || (major === 22 && minor >= 18);

function moduleOf(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

test("a module's default export is the handler", async () => {
  const file = moduleOf(
    "echo.mjs",
    "export default async (session) => { for await (const m of session) await session.send('you said ' + m.text()); };",
  );
  const { server, port } = await start(["serve", file]);
  await using _ = server;
  const { code, stdout } = await run(["connect", `127.0.0.1:${port}`], { input: "hello\nagain\n" });
  assert.deepEqual([code, stdout], [0, "you said hello\nyou said again\n"]);
});

test("what a module exports as onpresence is told who comes and goes", async () => {
  const file = moduleOf(
    "present.mjs",
    `export const onpresence = ({ joined }, room) => room.send(joined.length + " joined");
     export default async (session) => { await session.join("lobby"); for await (const _ of session); };`,
  );
  const { server, port } = await start(["serve", file]);
  await using _ = server;
  const { stdout } = await run(["connect", `tcp://127.0.0.1:${port}`], { input: "hello\n" });
  assert.equal(stdout, "1 joined\n");
  const broken = moduleOf("broken-presence.mjs", "export const onpresence = 7; export default () => {};");
  const { code, stderr } = await run(["serve", broken]);
  assert.deepEqual([code, /onpresence that is no function/.test(stderr)], [1, true]);
});

test("a promise that the handler forgot ends its session, and not the server", async () => {
  const file = moduleOf(
    "forgetful.mjs",
    "export default async (session) => { for await (const _ of session) Promise.reject(new Error('forgotten')); };",
  );
  const { server, port } = await start(["serve", file]);
  await using _ = server;
  for (let round = 0; round < 2; round += 1) {
    const { code, stderr } = await run(["connect", `127.0.0.1:${port}`], { input: "hello\n" });
    assert.equal(code, 1);
    assert.match(stderr, /the session ended: something went wrong on the server \(handler-error, 1011\)/);
  }
  assert.match(server.stderr, /forgotten/);
});

test("TypeScript runs where Node strips types; elsewhere a sentence says so", async () => {
  const file = moduleOf(
    "handler.ts",
    "export default async (session: { send(text: string): Promise<void> }) => session.send('typed');",
  );
  if (!stripsTypes) {
    const { code, stderr } = await run(["serve", file]);
    assert.equal(code, 1);
    assert.match(stderr, /^bowline: .*handler\.ts is TypeScript, which Node runs from version 22\.18 on, .*\n$/);
    return;
  }
  const { server, port } = await start(["serve", file]);
  await using _ = server;
  const { stdout } = await run(["connect", `127.0.0.1:${port}`], { input: "hello\n" });
  assert.match(stdout, /typed/);
});

test("a module that cannot be a handler is refused before anything listens", async () => {
  const cases: [string, RegExp][] = [
    [join(folder, "nowhere.mjs"), /cannot be run: there is no such file\n$/],
    [moduleOf("none.mjs", "export const handler = 1;"), /has no function as its default export; write: .*\n$/],
    [moduleOf("broken.mjs", "export default ("), /cannot be loaded:\n.*broken\.mjs:1\n(.*\n)*SyntaxError: .*\n$/],
    [
      moduleOf("throws.mjs", "throw new Error('at once');"),
      /threw when it was loaded:\nError: at once\n {4}at .*throws\.mjs:1:7\n$/,
    ],
    [moduleOf("lost.mjs", "import 'no-such-package';"), /cannot be loaded: Cannot find package 'no-such-package'.*\n$/],
    [folder, /is a folder without an index\.js; name the module .*\n$/],
  ];
  for (const [file, sentence] of cases) {
    const { code, stdout, stderr } = await run(["serve", file]);
    assert.deepEqual([code, stdout], [1, ""], file);
    assert.match(stderr, /^bowline: /);
    assert.match(stderr, sentence);
    // Where Node and the command line were meanwhile concerns nobody.
    assert.doesNotMatch(stderr, /node:internal|dist\/src\/cli/);
  }
});

test("a folder stands for its index.js", async () => {
  mkdirSync(join(folder, "server"));
  writeFileSync(join(folder, "server", "package.json"), '{ "type": "module" }');
  moduleOf("server/index.js", "export default async (session) => session.send('from the folder');");
  const { server, port } = await start(["serve", join(folder, "server")]);
  await using _ = server;
  const { stdout } = await run(["connect", `127.0.0.1:${port}`], { input: "hello\n" });
  assert.equal(stdout, "from the folder\n");
});

test("a handler that hangs loses its session, and the server goes on", async () => {
  const file = moduleOf(
    "hanging.mjs",
    `export default async (session) => {
      for await (const m of session) {
        if (m.text() === "hang") for (;;);
        await session.send("you said " + m.text());
      }
    };`,
  );
  const { server, port } = await start(["serve", file]);
  await using _ = server;
  const { code, stderr } = await run(["connect", `127.0.0.1:${port}`], { input: "hang\n" });
  assert.equal(code, 1);
  assert.match(stderr, /handler-stuck, 4011/);
  const { stdout } = await run(["connect", `127.0.0.1:${port}`], { input: "hello\n" });
  assert.equal(stdout, "you said hello\n");
  assert.match(server.stderr, /hanging\.mjs:3/);
});

test("--threads is a number; a module that listens to presence runs in no thread of its own", async () => {
  const file = moduleOf("present.mjs", "export default async () => {}; export function onpresence() {}");
  const { code, stderr } = await run(["serve", file, "--threads", "many"]);
  assert.deepEqual([code, stderr.includes("many is not a number of threads")], [2, true]);
  const refused = await run(["serve", file, "--threads", "1"]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /exports onpresence, and runs in the server's own thread: --threads 0\n$/);
  await using server = (await start(["serve", file])).server;
  assert.ok(server);
});
