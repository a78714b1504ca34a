import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** Where the build puts the page. */
const FOLDER = fileURLToPath(new URL("../../web/", import.meta.url));

const CONTENT_TYPES: { readonly [extension: string]: string } = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The names of what lies here have a hash of the content in them. */
const HASHED = "/assets/";

interface File {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly headers: { readonly [name: string]: string };
}

/** Reads the chat's page, and gives what answers requests for it. Rejects when the page was not built. */
export async function openPage(folder: string = FOLDER): Promise<(request: Request) => Response> {
  const files = await readFiles(folder);
  if (!files.has("/")) throw new Error(`there is no page in ${folder}`);
  return (request) => answer(files, request);
}

function answer(files: ReadonlyMap<string, File>, request: Request): Response {
  const { pathname, host } = new URL(request.url);
  const file = files.get(pathname);
  if (file === undefined) return plain(404, "There is no such page here.");
  if (request.method !== "GET" && request.method !== "HEAD") {
    return plain(405, "This can only be read.", { allow: "GET, HEAD" });
  }
  const headers = { ...file.headers, "content-security-policy": policyFor(host) };
  if (request.headers.get("if-none-match") === file.headers.etag) return new Response(null, { status: 304, headers });
  return new Response(file.bytes, { headers });
}

function plain(status: number, sentence: string, headers: { readonly [name: string]: string } = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return new Response(`${sentence}\n`, { status, headers: { ...type, ...headers } });
}

/** Scripts and styles of ours alone, and none inline. Some browsers do not count WebSockets among `'self'`. */
function policyFor(host: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ws://${host} wss://${host}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join("; ");
}

async function readFiles(folder: string): Promise<Map<string, File>> {
  const files = new Map<string, File>();
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = `/${relative(folder, path).split(sep).join("/")}`;
    const bytes = new Uint8Array(await readFile(path));
    files.set(name === "/index.html" ? "/" : name, { bytes, headers: headersOf(name, bytes) });
  }
  return files;
}

function headersOf(name: string, bytes: Uint8Array): { readonly [name: string]: string } {
  return {
    "content-type": CONTENT_TYPES[extname(name)] ?? "application/octet-stream",
    "content-length": String(bytes.byteLength),
    "cache-control": name.startsWith(HASHED) ? "public, max-age=31536000, immutable" : "no-cache",
    etag: `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
  };
}
