import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE_CODES, clientAction, closeName, endsSession } from "../../../src/protocol/close-codes.ts";

test("every code has one name, and the name leads back to the code", () => {
  for (const [name, entry] of Object.entries(CLOSE_CODES)) assert.equal(closeName(entry.code), name);
});

test("only going-away, overloaded, replaced and heartbeat-timeout leave the session alive", () => {
  const alive = Object.values(CLOSE_CODES).filter((entry) => !endsSession(entry.code));
  assert.deepEqual(
    alive.map((entry) => entry.code),
    [1001, 1013, 4000, 4008],
  );
});

test("an application's own code ends the session", () => {
  assert.equal(closeName(4999), undefined);
  assert.equal(endsSession(4999), true);
  assert.equal(clientAction(4999), "stop");
});

test("what a client should do is in the table", () => {
  for (const { code, client } of Object.values(CLOSE_CODES)) assert.equal(clientAction(code), client);
});
