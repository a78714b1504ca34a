import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Line, LineCodec } from "../../src/protocol/lines.ts";
import { ProtocolError } from "../../src/protocol/protocol-error.ts";
import { encodeLine } from "../../src/protocol/terminal-text.ts";
import { cutAt, cuts } from "../chunking.ts";

const MAX_LINE_BYTES = 24;

const bytes = fc
  .array(fc.oneof(fc.constantFrom(0x0a, 0x0d, 0x61), fc.integer({ min: 0, max: 255 })), { maxLength: 80 })
  .map((list) => Uint8Array.from(list));

test("what is read is what splitting the whole input at its newlines gives", () => {
  fc.assert(
    fc.property(bytes, cuts, (input, fractions) => {
      assert.deepEqual(decode(cutAt(input, fractions)), split(input));
    }),
    { numRuns: 2_000 },
  );
});

test("a line read is the line written", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 40 }).filter((it) => !it.includes("\n") && !it.endsWith("\r"));
  const ending = fc.constantFrom<Line["ending"]>("\n", "\r\n");
  const line = fc.record({ text, ending }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(line), cuts, (lines, fractions) => {
      const input = Buffer.concat(lines.map(({ text, ending }) => encodeLine(text, ending)));
      assert.deepEqual(decode(cutAt(input, fractions), 1_000), { lines, refused: false });
    }),
  );
});

/** The same as the codec, for input that is there as a whole. */
function split(input: Uint8Array): { lines: Line[]; refused: boolean } {
  const lines: Line[] = [];
  const parts = Buffer.from(input).toString("latin1").split("\n");
  const rest = parts.pop() ?? "";
  for (const part of parts) {
    const text = part.endsWith("\r") ? part.slice(0, -1) : part;
    if (text.length > MAX_LINE_BYTES) return { lines, refused: true };
    lines.push({ text: `${Buffer.from(text, "latin1")}`, ending: part.endsWith("\r") ? "\r\n" : "\n" });
  }
  if (rest.length > MAX_LINE_BYTES) return { lines, refused: true };
  if (rest !== "") lines.push({ text: `${Buffer.from(rest, "latin1")}`, ending: "" });
  return { lines, refused: false };
}

function decode(chunks: Uint8Array[], maxLineBytes = MAX_LINE_BYTES): { lines: Line[]; refused: boolean } {
  const codec = new LineCodec(maxLineBytes);
  const lines: Line[] = [];
  try {
    for (const chunk of chunks) {
      codec.push(chunk);
      for (let line = codec.next(); line !== undefined; line = codec.next()) lines.push(line);
    }
    codec.end();
    for (let line = codec.next(); line !== undefined; line = codec.next()) lines.push(line);
    return { lines, refused: false };
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return { lines, refused: true };
  }
}
