import assert from "node:assert/strict";
import { test } from "node:test";
import { printable } from "../../../src/cli/printable.ts";

test("what steers a terminal is shown escaped, and nothing else is touched", () => {
  assert.equal(printable("\u001b]0;owned\u0007\u009b2J\u007f"), "\\x1b]0;owned\\x07\\x9b2J\\x7f");
  assert.equal(printable("\u202etxet\u2069"), "\\u202etxet\\u2069");
  assert.equal(printable("one\r\ntwo\u2028three\n"), "one two three");
  assert.equal(printable("\ttabs, ümläüte, 漢字, 🪢"), "\ttabs, ümläüte, 漢字, 🪢");
});
