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

/** The client for pages, as it is published: its modules by name. */
export async function publishedClient(): Promise<ReadonlyMap<string, string>> {
  const folder = join(import.meta.dirname, "..", "..", "browser");
  const names = ["client.js", "stores.js"];
  const modules = names.map(async (name) => [`/${name}`, await readFile(join(folder, name), "utf8")] as const);
  return new Map(await Promise.all(modules));
}

/** Serves an empty page, and the client as `/client.js`. */
export function servePage(client: ReadonlyMap<string, string>): (request: Request) => Response {
  return ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/") return new Response(HTML, { headers: { "content-type": "text/html" } });
    const module = client.get(pathname);
    if (module === undefined) return new Response("not found", { status: 404 });
    return new Response(module, { headers: { "content-type": "text/javascript" } });
  };
}
