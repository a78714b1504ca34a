// Fails when the client for pages, bundled and minified, is larger than 8 KiB gzipped: `node scripts/check-browser-size.mjs`.

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const MAX_GZIPPED_BYTES = 8_192;
const root = join(import.meta.dirname, "..");
const entry = join(root, "dist", "src", "client", "browser", "index.js");

if (!existsSync(entry)) {
  console.error(`${entry} is not there: run "npm run build" first`);
  process.exit(1);
}

// Not `build.lib`: that leaves the whitespace of ES modules in place, for the application's own bundler.
const { output } = await build({
  configFile: false,
  logLevel: "warn",
  build: {
    write: false,
    target: "es2022",
    modulePreload: false,
    rolldownOptions: { input: entry, preserveEntrySignatures: "strict" },
  },
});

const chunks = output.filter((file) => file.type === "chunk");
const code = chunks.map((chunk) => chunk.code).join("");
const gzippedBytes = gzipSync(code, { level: 9 }).byteLength;
console.log(`browser client: ${code.length} bytes minified, ${gzippedBytes} of ${MAX_GZIPPED_BYTES} bytes gzipped`);

if (gzippedBytes > MAX_GZIPPED_BYTES) {
  process.exitCode = 1;
  console.log("its largest modules, in bytes before minifying:");
  const modules = chunks.flatMap((chunk) => Object.entries(chunk.modules));
  modules.sort(([, a], [, b]) => b.renderedLength - a.renderedLength);
  for (const [id, { renderedLength }] of modules.slice(0, 15)) {
    console.log(`${String(renderedLength).padStart(7)} ${relative(root, id)}`);
  }
}
