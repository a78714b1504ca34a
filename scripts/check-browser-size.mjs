// Fails when the client for pages is larger than it may be: `node scripts/check-browser-size.mjs`, after a build.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const MAX_GZIPPED_BYTES = 8_192;

const code = readFileSync(join(import.meta.dirname, "..", "dist", "browser", "client.js"), "utf8");
// Servers do not send the line that names the source map any smaller; it counts.
const gzippedBytes = gzipSync(code, { level: 9 }).byteLength;
console.log(`browser client: ${code.length} bytes minified, ${gzippedBytes} of ${MAX_GZIPPED_BYTES} bytes gzipped`);
process.exitCode = gzippedBytes > MAX_GZIPPED_BYTES ? 1 : 0;
