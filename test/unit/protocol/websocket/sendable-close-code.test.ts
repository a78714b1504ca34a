import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE_CODES } from "../../../../src/protocol/close-codes.ts";
import { isSendableCloseCode } from "../../../../src/protocol/websocket/sendable-close-code.ts";

test("every code of the table may be sent", () => {
  for (const { code } of Object.values(CLOSE_CODES)) assert.equal(isSendableCloseCode(code), true);
});

test("what no wire may carry, and what is no code, may not", () => {
  for (const code of [-1, 0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN]) {
    assert.equal(isSendableCloseCode(code), false, `${code}`);
  }
});
