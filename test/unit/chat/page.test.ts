import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openPage } from "../../../src/chat/page.ts";

const folder = mkdtempSync(join(tmpdir(), "bowline-page-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "assets"));
writeFileSync(join(folder, "index.html"), "<!doctype html>");
writeFileSync(join(folder, "assets", "index-4f2a.js"), "export {};");

const page = await openPage(folder);
const get = (path: string, init?: RequestInit) => page(new Request(`http://chat.example:8000${path}`, init));

test("the page comes at the root, is looked after every time, and may run nothing that is inline", async () => {
  const response = get("/?from=elsewhere");
  assert.equal(response.status, 200);
  assert.equal(await response.text(), "<!doctype html>");
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  assert.equal(response.headers.get("cache-control"), "no-cache");
  const policy = response.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self';/);
  assert.match(policy, /connect-src 'self' ws:\/\/chat\.example:8000 wss:\/\/chat\.example:8000;/);
  assert.doesNotMatch(policy, /unsafe|\*/);
});

test("what the browser has already is not sent again", () => {
  const etag = get("/").headers.get("etag") ?? "";
  const response = get("/", { headers: { "if-none-match": etag } });
  assert.equal(response.status, 304);
  assert.equal(response.body, null);
});

test("files with a hash in their name are kept for good", () => {
  const response = get("/assets/index-4f2a.js");
  assert.equal(response.headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.match(response.headers.get("cache-control") ?? "", /immutable/);
  assert.equal(response.headers.get("x-content-type-options"), "nosniff");
});

test("nothing else is there, and nothing can be written", () => {
  for (const path of [
    "/index.html",
    "/assets/",
    "/../package.json",
    "/%2e%2e/package.json",
    "/assets/index-4f2a.js/",
  ]) {
    assert.equal(get(path).status, 404, path);
  }
  assert.equal(get("/", { method: "POST", body: "x" }).status, 405);
});

test("a page that was not built cannot be opened", async () => {
  await assert.rejects(openPage(join(folder, "assets")), /there is no page/);
  await assert.rejects(openPage(join(folder, "nowhere")), { code: "ENOENT" });
});
