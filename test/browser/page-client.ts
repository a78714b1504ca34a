import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { build, type Rolldown } from "vite";
import { pathOf } from "../programs/missing.ts";

const entry = join(import.meta.dirname, "..", "..", "src", "client", "browser", "index.js");

const HTML = "<!doctype html><meta charset=utf-8><title>A page</title><link rel=icon href=data:,>";

/** Chromium with nothing of its own to do. It gets a profile of its own, which goes with it. */
export function launchChromium(): Promise<Browser> {
  const quiet = ["background-networking", "component-update", "gpu", "quic", "sync"].map((what) => `--disable-${what}`);
  return chromium.launch({
    executablePath: pathOf("chromium") ?? "",
    args: ["--no-sandbox", "--no-first-run", ...quiet],
  });
}

/** The client for pages in one module, as an application's bundler would make it. */
export async function bundleClient(): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      target: "es2022",
      modulePreload: false,
      rolldownOptions: { input: entry, preserveEntrySignatures: "strict" },
    },
  });
  const { output } = result as Rolldown.RolldownOutput;
  return output.map((file) => (file.type === "chunk" ? file.code : "")).join("");
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
