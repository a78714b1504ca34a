import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "bowline-runner-"));
after(() => rmSync(folder, { recursive: true }));

writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
const runner = join(folder, "runner.js");
writeFileSync(
  runner,
  `import { describeFile } from ${JSON.stringify(import.meta.resolve("./report.js"))};
  import { runFile } from ${JSON.stringify(import.meta.resolve("./run-file.js"))};
  const result = await runFile(process.argv[2], Number(process.argv[3]));
  const { passed, failed, skipped } = result;
  const text = describeFile(result, ${JSON.stringify(folder)});
  process.stdout.write(JSON.stringify({ passed, failed, skipped, text }), () => process.exit());`,
);

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
  text: string;
}

/** Runs `source` as a test file, in a process outside this test run: Node refuses to nest them. */
function countsOf(source: string, timeoutMs = 60_000): Counts {
  const file = join(folder, "sample.test.js");
  writeFileSync(
    file,
    `import assert from "node:assert/strict";\nimport { describe, it, test } from "node:test";\n${source}`,
  );
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const answer = execFileSync(process.execPath, [runner, file, String(timeoutMs)], { env, encoding: "utf8" });
  return JSON.parse(answer) as Counts;
}

function assertCounts(counts: Counts, passed: number, failed: number, skipped = 0): void {
  assert.deepEqual([counts.passed, counts.failed, counts.skipped], [passed, failed, skipped], counts.text);
}

test("tests are counted; suites are not, and skips apart, with their reason", () => {
  const counts = countsOf(`
    describe("suite", () => { it("one", () => {}); it("two", { skip: "no browser" }, () => {}); });
    test("three", async (t) => { await t.test("four", () => {}); });`);
  assertCounts(counts, 3, 0, 1);
  assert.match(counts.text, /^ok {3}sample \(3 tests, 1 skipped/);
  assert.match(counts.text, /skipped: no browser/);
});

test("a failure is shown with the names around it, its difference and what was printed", () => {
  const counts = countsOf(`
    describe("suite", () => { it("one", () => { console.log("seed 7"); assert.equal(1, 2); }); });`);
  assertCounts(counts, 0, 1);
  assert.match(counts.text, /sample › suite › one/);
  assert.match(counts.text, /1 !== 2/);
  assert.match(counts.text, /seed 7/);
});

test("a failed subtest fails the test around it, which has nothing more to tell", () => {
  const counts = countsOf(`test("outer", async (t) => { await t.test("inner", () => { throw new Error("why"); }); });`);
  assertCounts(counts, 0, 2);
  assert.equal(counts.text.match(/✖/g)?.length, 1);
});

test("a hook that fails is a failure", () => {
  const counts = countsOf(`
    import { before } from "node:test";
    describe("suite", () => { before(() => { throw new Error("hook"); }); it("one", () => {}); });`);
  assert.ok(counts.failed > 0, counts.text);
});

test("a file that exits early, or throws after its tests, has failed", () => {
  assertCounts(countsOf(`process.exit(3);`), 0, 1);
  assertCounts(countsOf(`test("one", () => {}); setTimeout(() => { throw new Error("late"); }, 20);`), 1, 1);
});

test("a file that hangs has failed, whether it spins or waits, and says in which test", () => {
  // What spins at once says nothing any more.
  assertCounts(countsOf(`test("one", () => { for (;;); });`, 1_000), 0, 1);
  const waiting = countsOf(
    `describe("suite", () => { it("one", () => new Promise((r) => setTimeout(r, 60_000))); });`,
    1_000,
  );
  assert.match(waiting.text, /running then: suite › one/);
  const held = countsOf(`test("one", () => { setInterval(() => {}, 1_000); });`, 1_000);
  assertCounts(held, 1, 1);
  assert.match(held.text, /it says of no test that it runs/);
});

const noPs = process.platform === "win32" && "there is no ps";
test("what a file that hangs has started ends with it", { skip: noPs, timeout: 20_000 }, async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const connection = once(server, "connection");
  const { port } = server.address() as AddressInfo;
  const started = `require("net").connect(${port}).on("end", () => process.exit())`;
  countsOf(
    `import { spawn } from "node:child_process";
    const options = { detached: true, stdio: "ignore" };
    test("one", () => new Promise(() => void spawn(process.execPath, ["-e", ${JSON.stringify(started)}], options)));`,
    2_000,
  );
  const [socket] = (await connection) as [Socket];
  // It would wait for ours.
  socket.on("error", () => {}).resume();
  await once(socket, "close");
  server.close();
});

test("a file without a test has failed", () => {
  assertCounts(countsOf(""), 0, 1);
});
