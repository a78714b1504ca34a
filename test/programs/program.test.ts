import assert from "node:assert/strict";
import { test } from "node:test";
import { missing } from "./missing.ts";
import { Program } from "./program.ts";

test("a program's output is matched from where the last match ended", async () => {
  await using program = new Program(process.execPath, ["-e", "process.stdin.pipe(process.stdout)"]);
  program.write("one two\n");
  assert.deepEqual(await program.expect(/(\w+) (\w+)\n/), ["one", "two"]);
  program.write("three\n");
  assert.deepEqual(await program.expect(/^(\w+)\n/), ["three"]);
  assert.equal(await program.end(), 0);
});

test("waiting for what a program never writes fails when it ends, with what it wrote", async () => {
  await using program = new Program(process.execPath, ["-e", "console.log('this'); console.error('that')"]);
  await assert.rejects(program.expect(/other/), /wrote: this\n.*that/s);
});

test("a program that is not there is named with its package", () => {
  assert.equal(missing("node"), false);
  assert.equal(missing("node", "no-such-program"), "no-such-program not found: apt-get install no-such-program");
});
