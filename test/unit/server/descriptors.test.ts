import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionCapacity } from "../../../src/server/descriptors.ts";

test("some of the files that may be open are left for others", () => {
  assert.equal(connectionCapacity(100), 68);
  assert.equal(connectionCapacity(20_000), 19_000);
  assert.equal(connectionCapacity(Number.POSITIVE_INFINITY), Number.POSITIVE_INFINITY);
});

test("the process has room for some", () => {
  assert.ok(connectionCapacity() > 0);
});
