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

test("any chunking of the same bytes gives the same lines and the same end", () => {
  fc.assert(
    fc.property(bytes, cuts, (input, fractions) => {
      assert.deepEqual(decode(cutAt(input, fractions)), decode([Uint8Array.from(input)]));
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

test("pushing on without taking anything changes no line", () => {
  fc.assert(
    fc.property(bytes, cuts, (input, fractions) => {
      const codec = new LineCodec(1_000);
      for (const chunk of cutAt(input, fractions)) codec.push(chunk);
      assert.deepEqual(drain(codec), decode([Uint8Array.from(input)], 1_000).lines);
    }),
  );
});

function decode(chunks: Uint8Array[], maxLineBytes = MAX_LINE_BYTES): { lines: Line[]; refused: boolean } {
  const codec = new LineCodec(maxLineBytes);
  const lines: Line[] = [];
  try {
    for (const chunk of chunks) {
      codec.push(chunk);
      for (let line = codec.next(); line !== undefined; line = codec.next()) lines.push(line);
    }
    lines.push(...drain(codec));
    return { lines, refused: false };
  } catch (error) {
    assert.ok(error instanceof ProtocolError);
    return { lines, refused: true };
  }
}

/** Ends the input, and takes all that is left. */
function drain(codec: LineCodec): Line[] {
  codec.end();
  const lines: Line[] = [];
  for (let line = codec.next(); line !== undefined; line = codec.next()) lines.push(line);
  return lines;
}
