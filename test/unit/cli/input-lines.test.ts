import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { test } from "node:test";
import { linesOf } from "../../../src/cli/input-lines.ts";

async function collect(input: Readable): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(input)) lines.push(line);
  return lines;
}

/** The lines of these bytes, when they come so many at a time. */
function split(text: string, size: number): Promise<string[]> {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
    bytes.subarray(n * size, (n + 1) * size),
  );
  return collect(Readable.from(pieces, { objectMode: false }));
}

test("line feeds end lines, with a carriage return or without, wherever the pieces are cut", async () => {
  for (const size of [1, 2, 3, 100]) {
    assert.deepEqual(await split("a\r\n\nwörld 🪢\nlast", size), ["a", "", "wörld 🪢", "last"]);
    assert.deepEqual(await split("a\n", size), ["a"]);
    assert.deepEqual(await split("", size), []);
  }
});

test("nothing else does", async () => {
  assert.deepEqual(await split("a\u2028b\u2029c\rd\u0085e\n", 4), ["a\u2028b\u2029c\rd\u0085e"]);
});

test("a stream that is destroyed is at its end", async () => {
  const input = new Readable({ read() {} });
  input.push("a\nb");
  const lines = linesOf(input);
  assert.deepEqual(await lines.next(), { value: "a", done: false });
  const next = lines.next();
  input.destroy();
  assert.deepEqual(await next, { value: undefined, done: true });
});

test("a stream that fails fails", async () => {
  const input = new Readable({ read: () => input.destroy(new Error("gone")) });
  await assert.rejects(collect(input), /gone/);
});
