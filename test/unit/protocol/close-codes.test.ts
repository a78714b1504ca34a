import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE_CODES, closeName, endsSession } from "../../../src/protocol/close-codes.ts";

test("every code has one name, and the name leads back to the code", () => {
  for (const [name, entry] of Object.entries(CLOSE_CODES)) assert.equal(closeName(entry.code), name);
});

test("the table says which codes leave the session alive", () => {
  for (const { code, ends } of Object.values(CLOSE_CODES)) assert.equal(endsSession(code), ends === "session");
});

test("an application's own code ends the session", () => {
  assert.equal(closeName(4999), undefined);
  assert.equal(endsSession(4999), true);
});
