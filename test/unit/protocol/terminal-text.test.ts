import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeLine, sanitizeForTerminal } from "../../../src/protocol/terminal-text.ts";

const cases: [name: string, text: string, shown: string][] = [
  ["plain text", "hello, wörld 🪢", "hello, wörld 🪢"],
  ["a tab", "a\tb", "a\tb"],
  ["a color sequence", "\x1b[31mred\x1b[0m", "[31mred[0m"],
  ["a title sequence", "\x1b]0;title\x07x", "]0;titlex"],
  ["a bell and a backspace", "a\x07b\b\bc", "abc"],
  ["NUL and DEL", "a\0b\x7fc", "abc"],
  ["the C1 form of the sequences", "a\x9b31mb", "a31mb"],
  ["a carriage return, which overwrites the line", "me: hi\rann: hi", "me: hi ann: hi"],
  ["a newline, which begins somebody's line", "hi\nann: I quit", "hi ann: I quit"],
  ["CRLF and a run of newlines", "a\r\n\n\nb", "a b"],
  ["the newline of NEL", "a\x85b", "a b"],
  ["the line and paragraph separators", "a\u2028b\u2029c", "a b c"],
  ["newlines at the end", "hi\r\n\n", "hi"],
  ["vertical tab and form feed", "a\vb\fc", "abc"],
  ["bidirectional overrides", "\u202eabc\u202c \u202ax\u202by\u202dz", "abc xyz"],
  ["bidirectional isolates", "\u2066a\u2067b\u2068c\u2069", "abc"],
  ["the marks that writers from right to left need", "\u05d0\u200f!\u200e\u061c", "\u05d0\u200f!\u200e\u061c"],
];

for (const [name, text, shown] of cases) {
  test(`${name} is shown as ${JSON.stringify(shown)}`, () => assert.equal(sanitizeForTerminal(text), shown));
}

test("what is shown is one line that holds no control character but tab", () => {
  for (let code = 0; code < 0x3000; code++) {
    const shown = sanitizeForTerminal(`a${String.fromCharCode(code)}b`);
    assert.doesNotMatch(shown.replaceAll("\t", ""), /\p{Cc}|[\u2028-\u202e\u2066-\u2069]/u);
  }
});

test("a line is its text in UTF-8 and its ending", () => {
  assert.equal(Buffer.from(encodeLine("é🪢", "\r\n")).toString(), "é🪢\r\n");
  assert.equal(Buffer.from(encodeLine("", "\n")).toString(), "\n");
  assert.equal(Buffer.from(encodeLine("x".repeat(100), "")).toString(), "x".repeat(100));
});
