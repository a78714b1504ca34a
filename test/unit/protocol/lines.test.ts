import assert from "node:assert/strict";
import { test } from "node:test";
import { type Line, LineCodec } from "../../../src/protocol/lines.ts";
import { ProtocolError } from "../../../src/protocol/protocol-error.ts";
import { cutEverywhere } from "../../chunking.ts";

const MAX_LINE_BYTES = 16;

const cases: [name: string, text: string, expected: Line[]][] = [
  ["LF", "hi\n", [{ text: "hi", ending: "\n" }]],
  ["CRLF", "hi\r\n", [{ text: "hi", ending: "\r\n" }]],
  ["an empty line", "\n", [{ text: "", ending: "\n" }]],
  ["an empty line with CRLF", "\r\n", [{ text: "", ending: "\r\n" }]],
  ["a CR within a line", "a\rb\n", [{ text: "a\rb", ending: "\n" }]],
  ["only the last CR is of the ending", "a\r\r\n", [{ text: "a\r", ending: "\r\n" }]],
  ["a byte order mark", "\ufeffhi\n", [{ text: "\ufeffhi", ending: "\n" }]],
  ["a NUL", "\0\n", [{ text: "\0", ending: "\n" }]],
  [
    "several lines",
    "a\n\nb\r\n",
    [
      { text: "a", ending: "\n" },
      { text: "", ending: "\n" },
      { text: "b", ending: "\r\n" },
    ],
  ],
  ["characters of 2, 3 and 4 bytes", "é€🪢\n", [{ text: "é€🪢", ending: "\n" }]],
  ["exactly the limit", `${"x".repeat(MAX_LINE_BYTES)}\r\n`, [{ text: "x".repeat(MAX_LINE_BYTES), ending: "\r\n" }]],
];

for (const [name, text, expected] of cases) {
  test(`${name}: in one chunk and byte by byte`, () => {
    assert.deepEqual(decode([Buffer.from(text)]), expected);
    assert.deepEqual(decode(cutEverywhere(Buffer.from(text))), expected);
  });
}

test("bytes that are not UTF-8 become replacement characters", () => {
  assert.deepEqual(decode([Uint8Array.of(0x61, 0xff, 0xc3, 0x0a)]), [{ text: "a\ufffd\ufffd", ending: "\n" }]);
});

test("what is left at the end of the input is a last message", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  codec.push(Buffer.from("one\ntwo"));
  assert.deepEqual(codec.next(), { text: "one", ending: "\n" });
  assert.equal(codec.next(), undefined);
  codec.end();
  assert.deepEqual(codec.next(), { text: "two", ending: "" });
  assert.equal(codec.next(), undefined);
});

test("nothing left at the end of the input is no message", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  codec.push(Buffer.from("one\n"));
  codec.next();
  codec.end();
  assert.equal(codec.next(), undefined);
});

for (const [name, text] of [
  ["unfinished", "x".repeat(MAX_LINE_BYTES + 1)],
  ["finished", `${"x".repeat(MAX_LINE_BYTES + 1)}\n`],
  ["unfinished, with a CR that belongs to no ending", `${"x".repeat(MAX_LINE_BYTES)}\rx`],
] as const) {
  test(`a line over the limit is refused, with the words that a terminal is shown: ${name}`, () => {
    for (const chunks of [[Buffer.from(text)], cutEverywhere(Buffer.from(text))]) {
      assert.throws(() => decode(chunks), {
        constructor: ProtocolError,
        closeName: "message-too-big",
        reason: "line longer than 16 bytes",
      });
    }
  });
}

test("the lines before one that is too long are still given", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  codec.push(Buffer.from(`fine\n${"x".repeat(MAX_LINE_BYTES + 1)}`));
  assert.equal(codec.next()?.text, "fine");
  assert.throws(() => codec.next(), ProtocolError);
});

test("a partial message is taken when the line is quiet, and the next one after it", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  assert.equal(codec.partial, false);
  for (const text of ["hello", "bye"]) {
    codec.push(Buffer.from(text));
    assert.equal(codec.next(), undefined);
    assert.equal(codec.partial, true);
    assert.deepEqual(codec.takePartial(), { text, ending: "" });
    assert.equal(codec.partial, false);
    assert.equal(codec.takePartial(), undefined);
  }
});

test("after the first newline no silence ends a message", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  codec.push(Buffer.from("one\ntw"));
  codec.next();
  assert.equal(codec.next(), undefined);
  assert.equal(codec.partial, false);
  assert.equal(codec.takePartial(), undefined);
  codec.push(Buffer.from("o\n"));
  assert.deepEqual(codec.next(), { text: "two", ending: "\n" });
});

for (const [name, whole, cut] of [
  ["a character of two bytes", "é", 1],
  ["a character of three bytes", "€", 2],
  ["a character of four bytes", "🪢", 3],
] as const) {
  test(`${name}, cut by a slow network, is given one more quiet time`, () => {
    const bytes = Buffer.from(`a${whole}`);
    const codec = new LineCodec(MAX_LINE_BYTES);
    codec.push(bytes.subarray(0, 1 + cut));
    codec.next();
    assert.equal(codec.takePartial(), undefined);
    assert.equal(codec.partial, true);
    codec.push(bytes.subarray(1 + cut));
    codec.next();
    assert.deepEqual(codec.takePartial(), { text: `a${whole}`, ending: "" });
  });
}

test("a CRLF cut by a slow network is still the ending", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  codec.push(Buffer.from("hi\r"));
  codec.next();
  assert.equal(codec.takePartial(), undefined);
  codec.push(Buffer.from("\n"));
  assert.deepEqual(codec.next(), { text: "hi", ending: "\r\n" });
});

test("half a character that stays half is a message after the second quiet time", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  codec.push(Uint8Array.of(0x63, 0x61, 0x66, 0xe9));
  codec.next();
  assert.equal(codec.takePartial(), undefined);
  assert.deepEqual(codec.takePartial(), { text: "caf\ufffd", ending: "" });
});

test("bytes that can begin no character are waited for by nobody", () => {
  for (const bytes of [
    [0x61, 0xff],
    [0x61, 0x80],
    [0xc3, 0xa9],
    [0x80, 0x80, 0x80, 0x80],
  ]) {
    const codec = new LineCodec(MAX_LINE_BYTES);
    codec.push(Uint8Array.from(bytes));
    codec.next();
    assert.notEqual(codec.takePartial(), undefined);
  }
});

test("what waits for its newline is a copy, so that the chunk it came in can go", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  const chunk = Buffer.from("one\ntwo");
  codec.push(chunk);
  codec.next();
  assert.equal(codec.next(), undefined);
  chunk.fill(0);
  codec.push(Buffer.from("\n"));
  assert.equal(codec.next()?.text, "two");
});

test("lines that nobody takes are not decoded", () => {
  const codec = new LineCodec(MAX_LINE_BYTES);
  const newlines = new Uint8Array(65_536).fill(0x0a);
  codec.push(newlines);
  assert.deepEqual(codec.next(), { text: "", ending: "\n" });
  // Had the rest been decoded, changing its bytes would change nothing.
  newlines[1] = 0x61;
  assert.deepEqual(codec.next(), { text: "a", ending: "\n" });
});

function decode(chunks: Uint8Array[]): Line[] {
  const codec = new LineCodec(MAX_LINE_BYTES);
  const lines: Line[] = [];
  for (const chunk of chunks) {
    codec.push(chunk);
    for (let line = codec.next(); line !== undefined; line = codec.next()) lines.push(line);
  }
  return lines;
}
