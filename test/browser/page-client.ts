import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { pathOf } from "../programs/missing.ts";

const HTML = "<!doctype html><meta charset=utf-8><title>A page</title><link rel=icon href=data:,>";

/** Chromium with nothing of its own to do. It gets a profile of its own, which goes with it. */
export function launchChromium(): Promise<Browser> {
  const quiet = ["background-networking", "component-update", "gpu", "quic", "sync"].map((what) => `--disable-${what}`);
  return chromium.launch({
    executablePath: pathOf("chromium") ?? "",
    args: ["--no-sandbox", "--no-first-run", ...quiet],
  });
}

/** The client for pages, as it is published. */
export function bundledClient(): Promise<string> {
  return readFile(join(import.meta.dirname, "..", "..", "browser", "client.js"), "utf8");
}

/** Serves an empty page, and the client as `/client.js`. */
export function servePage(code: string): (request: Request) => Response {
  return ({ url }) => {
    const { pathname } = new URL(url);
    const type = { "/": "text/html", "/client.js": "text/javascript" }[pathname];
    if (type === undefined) return new Response("not found", { status: 404 });
    return new Response(pathname === "/" ? HTML : code, { headers: { "content-type": type } });
  };
}
