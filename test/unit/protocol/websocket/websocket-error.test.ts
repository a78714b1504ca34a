import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocketError } from "../../../../src/protocol/websocket/websocket-error.ts";

for (const [closeCode, closeName] of [
  [1002, "protocol-error"],
  [1007, "protocol-error"],
  [1009, "message-too-big"],
] as const) {
  test(`${closeCode} on the wire is ${closeName} to everyone else`, () => {
    const error = new WebSocketError("reserved bits are set", "§5.2", closeCode);
    assert.equal(error.closeCode, closeCode);
    assert.equal(error.closeName, closeName);
    assert.equal(error.message, "reserved bits are set (RFC 6455 §5.2)");
  });
}
