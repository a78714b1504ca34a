import assert from "node:assert/strict";
import { test } from "node:test";
import { isOriginAllowed } from "../../../../src/protocol/websocket/origin.ts";

const cases: [origin: string | undefined, host: string | undefined, allowList: string[], allowed: boolean][] = [
  [undefined, "example.com", [], true],
  ["http://example.com", "example.com", [], true],
  ["https://example.com", "example.com", [], true],
  ["HTTPS://Example.COM", "example.com", [], true],
  ["http://example.com:80", "example.com", [], true],
  ["https://example.com", "example.com:443", [], true],
  ["http://localhost:8000", "localhost:8000", [], true],
  ["http://[::1]:8000", "[::1]:8000", [], true],
  ["http://localhost:8001", "localhost:8000", [], false],
  ["http://example.com", "example.com:443", [], false],
  ["http://evil.com", "example.com", [], false],
  ["http://example.com.evil.com", "example.com", [], false],
  ["http://evil.com/example.com", "example.com", [], false],
  ["http://evil.com?example.com", "example.com", [], false],
  ["http://user@example.com", "example.com", [], false],
  ["ftp://example.com", "example.com", [], false],
  ["null", "null", [], false],
  ["", "", [], false],
  ["http://example.com", undefined, [], false],
  ["https://app.example.com", "api.example.com", ["https://app.example.com"], true],
  ["https://app.example.com", "api.example.com", ["https://APP.example.com:443/"], true],
  ["http://app.example.com", "api.example.com", ["https://app.example.com"], false],
  ["null", "example.com", ["null"], true],
  ["http://evil.com", "example.com", ["*"], true],
];

for (const [origin, host, allowList, allowed] of cases) {
  test(`${origin} is ${allowed ? "" : "not "}allowed at ${host} with ${JSON.stringify(allowList)}`, () => {
    assert.equal(isOriginAllowed(origin, host, allowList), allowed);
  });
}
