import assert from "node:assert/strict";
import { test } from "node:test";
import { randomMask } from "../../../src/transport/random-mask.ts";

test("masks are 32 bits, and hardly ever the same", () => {
  const masks = Array.from({ length: 2_000 }, () => randomMask());
  for (const mask of masks) assert.equal(mask, mask | 0);
  assert.ok(new Set(masks).size > 1_990);
});
