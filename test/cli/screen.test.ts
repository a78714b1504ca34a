import assert from "node:assert/strict";
import { test } from "node:test";
import { Screen } from "./screen.ts";

test("text wraps, and is overwritten and cleared from where the cursor was moved to", () => {
  const screen = new Screen(4);
  screen.write("abcdef\r\n> xy");
  assert.deepEqual(screen.rows, ["abcd", "ef", "> xy"]);
  screen.write("\u001b[1G\u001b[0JZ\r\n\u001b[2A\u001b[1G__");
  assert.deepEqual(screen.rows, ["abcd", "__", "Z"]);
});
