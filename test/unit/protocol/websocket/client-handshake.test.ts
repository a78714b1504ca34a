import assert from "node:assert/strict";
import { test } from "node:test";
import {
  findUpgradeFault,
  formatUpgradeRequest,
  parseUpgradeResponse,
  type UpgradeResponse,
} from "../../../../src/protocol/websocket/client-handshake.ts";
import { checkUpgradeRequest, formatUpgradeResponse } from "../../../../src/protocol/websocket/handshake.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

test("the request says all that the server checks", () => {
  const head = formatUpgradeRequest({
    host: "[::1]:8000",
    path: "/chat?x=1",
    key: KEY,
    subprotocol: "bowline.1",
    headers: { authorization: "Bearer x" },
  });
  const [requestLine, ...lines] = head.trimEnd().split("\r\n");
  assert.equal(requestLine, "GET /chat?x=1 HTTP/1.1");
  const headers = Object.fromEntries(lines.map((line) => line.split(": ")).map(([k, v]) => [`${k}`.toLowerCase(), v]));
  assert.equal(headers.host, "[::1]:8000");
  assert.equal(headers.authorization, "Bearer x");
  assert.deepEqual(checkUpgradeRequest({ method: "GET", httpVersion: "1.1", headers }), {
    accepted: true,
    key: KEY,
    subprotocol: "bowline.1",
  });
  assert.ok(head.endsWith("\r\n\r\n"));
});

test("nothing that the caller gives can begin another header", () => {
  const options = { host: "example.com", path: "/", key: KEY };
  for (const bad of [
    { ...options, headers: { authorization: "x\r\nx-admin: yes" } },
    { ...options, headers: { "x\nx-admin: yes": "1" } },
    { ...options, host: "example.com\r\nx-admin: yes" },
    { ...options, path: "/\n" },
    { ...options, subprotocol: "a\0b" },
  ]) {
    assert.throws(() => formatUpgradeRequest(bad), TypeError);
  }
});

test("a server's answer is read and has no fault", () => {
  for (const subprotocol of [undefined, "bowline.1"]) {
    const response = parse(formatUpgradeResponse(ACCEPT, subprotocol));
    assert.equal(response.status, 101);
    assert.equal(findUpgradeFault(response, ACCEPT, "bowline.1"), undefined);
  }
});

test("headers are read in any case and spacing, and repeated ones are one list", () => {
  const { headers } = parse(
    "HTTP/1.1 101\r\nUPGRADE:WebSocket  \r\nConnection: keep-alive\r\nconnection:\tupgrade\r\n\r\n",
  );
  assert.equal(headers.upgrade, "WebSocket");
  assert.equal(headers.connection, "keep-alive, upgrade");
});

test("what is no HTTP response is not read", () => {
  for (const head of [
    "",
    "hello\r\n\r\n",
    "HTTP/2 101\r\n\r\n",
    "HTTP/1.1 1010 x\r\n\r\n",
    "HTTP/1.1 101 x\r\nno colon",
  ]) {
    assert.equal(parseUpgradeResponse(head), undefined, JSON.stringify(head));
  }
});

const fine = { upgrade: "websocket", connection: "Upgrade", "sec-websocket-accept": ACCEPT };
for (const [name, response, fault] of [
  ["another status", { status: 403, headers: fine }, /status 403/],
  ["no Upgrade", { status: 101, headers: { ...fine, upgrade: undefined } }, /Upgrade header/],
  ["no Connection", { status: 101, headers: { ...fine, connection: "close" } }, /Connection header/],
  [
    "an accept of another key",
    { status: 101, headers: { ...fine, "sec-websocket-accept": KEY } },
    /Sec-WebSocket-Accept/,
  ],
  [
    "an extension",
    { status: 101, headers: { ...fine, "sec-websocket-extensions": "permessage-deflate" } },
    /extension that was not offered/,
  ],
  [
    "a subprotocol that was not offered",
    { status: 101, headers: { ...fine, "sec-websocket-protocol": "chat" } },
    /subprotocol chat, not offered/,
  ],
] as const) {
  test(`${name} in the answer is a fault`, () => {
    assert.match(findUpgradeFault(response, ACCEPT, "bowline.1") ?? "", fault);
  });
}

function parse(head: string): UpgradeResponse {
  const response = parseUpgradeResponse(head);
  assert.ok(response !== undefined);
  return response;
}
