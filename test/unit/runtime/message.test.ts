import assert from "node:assert/strict";
import { test } from "node:test";
import { payloadOf } from "../../../src/runtime/message.ts";

test("bytes are sent as they are, and as they were", () => {
  const bytes = Uint8Array.of(65, 66);
  const payloads = [payloadOf(bytes), payloadOf(bytes.buffer)];
  bytes.fill(0);
  assert.deepEqual(payloads, [Uint8Array.of(65, 66), Uint8Array.of(65, 66)]);
});
