import assert from "node:assert/strict";
import { test } from "node:test";
import {
  decodeClosePayload,
  encodeWebSocketClose,
  NO_CLOSE_CODE,
} from "../../../../src/protocol/websocket/close-frame.ts";
import { MASK, rawFrame } from "../../../websocket-frames.ts";

test("a close frame read is the close frame written", () => {
  for (const [code, reason] of [
    [1000, ""],
    [1009, "message longer than 5 bytes"],
    [4999, "tschüß"],
  ] as const) {
    assert.deepEqual(decodeClosePayload(encodeWebSocketClose(code, reason).subarray(2)), { code, reason });
  }
});

test("a client's close frame is masked", () => {
  const payload = Buffer.concat([Uint8Array.of(1000 >> 8, 1000 & 0xff), Buffer.from("bye")]);
  assert.deepEqual(encodeWebSocketClose(1000, "bye", MASK), rawFrame({ opcode: 8, payload, mask: MASK }));
});

test("a code that is for no wire makes a frame without a code", () => {
  for (const code of [NO_CLOSE_CODE, 1006, 1015, 0, 70_000]) {
    assert.deepEqual([...encodeWebSocketClose(code, "lost")], [0x88, 0]);
  }
});

test("a reason is cut to 123 bytes, at the end of a character", () => {
  for (const [reason, kept] of [
    ["x".repeat(200), "x".repeat(123)],
    ["é".repeat(100), "é".repeat(61)],
    ["🪢".repeat(50), "🪢".repeat(30)],
    [`${"x".repeat(122)}🪢`, "x".repeat(122)],
    [`${"x".repeat(119)}🪢`, `${"x".repeat(119)}🪢`],
  ] as const) {
    assert.deepEqual(decodeClosePayload(encodeWebSocketClose(1000, reason).subarray(2)), { code: 1000, reason: kept });
  }
});
