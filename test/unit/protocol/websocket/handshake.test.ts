import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import {
  ACCEPT_GUID,
  checkUpgradeRequest,
  formatUpgradeResponse,
  type Headers,
} from "../../../../src/protocol/websocket/handshake.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const good: Headers = {
  host: "example.com",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": KEY,
  "sec-websocket-version": "13",
};

function check(headers: Headers, method = "GET", httpVersion = "1.1") {
  return checkUpgradeRequest({ method, httpVersion, headers: { ...good, ...headers } });
}

test("the RFC's own example is accepted and answered", () => {
  assert.deepEqual(check({}), { accepted: true, key: KEY, subprotocol: undefined });
  const accept = createHash("sha1")
    .update(KEY + ACCEPT_GUID)
    .digest("base64");
  assert.equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  assert.equal(
    formatUpgradeResponse(accept, undefined),
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
  );
});

test("tokens are compared without regard to case, in lists of any form", () => {
  for (const headers of [
    { upgrade: "WebSocket" },
    { upgrade: "h2c, websocket" },
    { connection: "keep-alive, Upgrade" },
    { connection: "keep-alive,upgrade," },
    { connection: ["keep-alive", "UPGRADE"] },
  ]) {
    assert.equal(check(headers).accepted, true, JSON.stringify(headers));
  }
});

test("bowline.1 is chosen among the subprotocols offered, and nothing else is", () => {
  for (const [offered, subprotocol] of [
    ["bowline.1", "bowline.1"],
    ["chat, bowline.1", "bowline.1"],
    ["chat", undefined],
    ["bowline.2", undefined],
    ["BOWLINE.1", undefined],
    ["", undefined],
  ] as const) {
    assert.deepEqual(check({ "sec-websocket-protocol": offered }), { accepted: true, key: KEY, subprotocol });
  }
  assert.match(formatUpgradeResponse("x", "bowline.1"), /\r\nSec-WebSocket-Protocol: bowline\.1\r\n\r\n$/);
});

const refusals: [name: string, refusal: ReturnType<typeof check>, status: number, headers: Record<string, string>][] = [
  ["another method", check({}, "POST"), 405, { allow: "GET" }],
  ["HTTP/1.0", check({}, "GET", "1.0"), 400, {}],
  ["no Upgrade", check({ upgrade: undefined }), 426, { upgrade: "websocket", connection: "Upgrade" }],
  ["another Upgrade", check({ upgrade: "h2c" }), 426, { upgrade: "websocket", connection: "Upgrade" }],
  ["no Connection", check({ connection: undefined }), 400, {}],
  ["another Connection", check({ connection: "keep-alive" }), 400, {}],
  ["no version", check({ "sec-websocket-version": undefined }), 426, { "sec-websocket-version": "13" }],
  ["another version", check({ "sec-websocket-version": "8" }), 426, { "sec-websocket-version": "13" }],
  ["no key", check({ "sec-websocket-key": undefined }), 400, {}],
  ["a key of 15 bytes", check({ "sec-websocket-key": "dGhlIHNhbXBsZSBub25j" }), 400, {}],
  ["a key that is not Base64", check({ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZ!==" }), 400, {}],
  ["two keys", check({ "sec-websocket-key": `${KEY}, ${KEY}` }), 400, {}],
];

for (const [name, refusal, status, headers] of refusals) {
  test(`${name} is refused with ${status}`, () => {
    assert.ok(!refusal.accepted);
    assert.equal(refusal.status, status);
    assert.deepEqual(refusal.headers, headers);
    assert.match(refusal.reason, /^[A-Z].*\.$/);
  });
}
