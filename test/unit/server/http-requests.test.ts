import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Server, serve } from "bowline";
import { RawClient } from "../../raw-client.ts";
import { upgradeRequest } from "../../raw-frames.ts";

let server: Server;

before(async () => {
  server = await serve({ port: 0, fetch: (request) => new Response(request.method) }, () => {});
});
after(() => server.close({ drainTimeoutMs: 0 }));

/** The head of the answer to these bytes. */
async function answer(...requests: string[]): Promise<string> {
  await using client = await RawClient.connect(server.address.port);
  let head = "";
  for (const request of requests) {
    client.write(request);
    [head = ""] = await client.expect(/(HTTP\/1\.1 [\s\S]*?)\r\n\r\n/);
  }
  return head;
}

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test("TRACE and CONNECT are not allowed, and the answer says what is", async () => {
  for (const method of ["TRACE /", "CONNECT a:1"]) {
    const head = await answer(`${method} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.match(head, /^HTTP\/1\.1 405 /);
    assert.match(head, /allow: GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH/i);
  }
});

test("a method that is not known is not implemented", async () => {
  assert.match(await answer(GET, "PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n"), /^HTTP\/1\.1 501 /);
});

test("a request with two hosts is refused, and its connection ends", async () => {
  const head = await answer("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
  assert.match(head, /^HTTP\/1\.1 400 /);
  assert.match(head, /connection: close/i);
  assert.match(await answer(upgradeRequest({ host: "b" })), /^HTTP\/1\.1 400 /);
});

test("so is an upgrade without one", async () => {
  assert.match(await answer(upgradeRequest().replace("Host: localhost\r\n", "")), /^HTTP\/1\.1 400 /);
});
