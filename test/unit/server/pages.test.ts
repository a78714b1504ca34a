import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { get, request } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import type { Fetch } from "../../../src/index.ts";
import { serveEcho } from "../../echo-server.ts";

/** The base URL of a server that answers pages with `fetch`. */
async function pages(t: TestContext, fetch: Fetch): Promise<string> {
  const server = await serveEcho({ fetch });
  t.after(() => server.close({ drainTimeoutMs: 0 }));
  return `http://127.0.0.1:${server.address.port}`;
}

test("a request is what was sent, and the response what was answered", async (t) => {
  const base = await pages(t, async (request) => {
    const { method, url, headers } = request;
    return new Response(`${method} ${url} ${headers.get("x-twice")} ${await request.text()}`, {
      status: 201,
      statusText: "Made",
      headers: { "x-answer": "yes" },
    });
  });
  const headers = new Headers({ "x-twice": "a" });
  headers.append("x-twice", "b");
  const response = await fetch(`${base}/path?query`, { method: "POST", body: "the body", headers });
  assert.deepEqual([response.status, response.statusText, response.headers.get("x-answer")], [201, "Made", "yes"]);
  assert.equal(await response.text(), `POST ${base}/path?query a, b the body`);
});

test("cookies keep a header each", async (t) => {
  const base = await pages(t, () => {
    const response = new Response("");
    response.headers.append("set-cookie", "a=1");
    response.headers.append("set-cookie", "b=2, c");
    return response;
  });
  const response = await fetch(base);
  assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2, c"]);
});

test("a body streams, no faster than it is read", async (t) => {
  let made = 0;
  const part = new Uint8Array(64 * 1024);
  const base = await pages(
    t,
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            made += 1;
            if (made <= 2_000) controller.enqueue(part);
            else controller.close();
          },
        }),
      ),
  );
  const [response] = await once(get(base), "response");
  for (let turn = 0; turn < 500; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  assert.ok(made < 1_500, `${made} parts were made for a client that reads none`);
  assert.equal((await text(response)).length, 2_000 * part.length);
});

test("the request's signal aborts when the client goes away", async (t) => {
  const { promise: aborted, resolve } = withResolver();
  const { promise: asked, resolve: onAsked } = withResolver();
  const base = await pages(t, (request) => {
    request.signal.addEventListener("abort", () => resolve());
    onAsked();
    return new Promise(() => {});
  });
  const client = get(base).on("error", () => {});
  await asked;
  client.destroy();
  await aborted;
});

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

const FAILURES: readonly (readonly [what: string, answer: () => Response, published: RegExp])[] = [
  [
    "an error",
    () => {
      throw new Error("the page is broken");
    },
    /the page is broken/,
  ],
  ["nothing at all", () => undefined as unknown as Response, /fetch gives a Response, and not undefined/],
  ["what is no Response", () => "a page" as unknown as Response, /fetch gives a Response, and not 'a page'/],
];
for (const [what, answer, expected] of FAILURES) {
  test(`${what} is answered with 500, and published`, async (t) => {
    const base = await pages(t, answer);
    const published: unknown[] = [];
    const onMessage = (event: unknown): void => void published.push(event);
    subscribe("bowline:connection-error", onMessage);
    t.after(() => unsubscribe("bowline:connection-error", onMessage));
    const response = await fetch(base);
    assert.equal(response.status, 500);
    assert.equal(await response.text(), "The server failed to answer.\n");
    assert.match(String((published[0] as { error: unknown }).error), expected);
  });
}

test("HEAD has no body", async (t) => {
  const base = await pages(t, () => new Response("body", { headers: { "content-length": "4" } }));
  const response = await fetch(base, { method: "HEAD" });
  assert.deepEqual([response.headers.get("content-length"), await response.text()], ["4", ""]);
});

test("a target that makes no URL is a bad request", async (t) => {
  const base = await pages(t, () => new Response("page"));
  const asked = request(base, { headers: { host: "a b" } });
  const [response] = await once(asked.end(), "response");
  assert.equal(response.statusCode, 400);
  response.resume();
});

test("without fetch there is no page", async (t) => {
  const server = await serveEcho();
  t.after(() => server.close({ drainTimeoutMs: 0 }));
  const response = await fetch(`http://127.0.0.1:${server.address.port}/`);
  assert.equal(response.status, 404);
});
