// Builds the client for pages, dist/browser/client.js, from the compiled modules: `node scripts/build-browser.mjs`.
//
// One module, minified, in which every name that is not public is mangled. Which names are public is read from the types
// (scripts/public-names.mjs), so that none can be forgotten; those of the language and of browsers are kept by Terser.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { minify } from "terser";
import { build } from "vite";
import { leanClasses } from "./lean-classes.mjs";
import { publicNames } from "./public-names.mjs";

const dist = join(import.meta.dirname, "..", "dist");
const folder = join(dist, "browser");
const door = join(dist, "src", "client", "browser", "index");

const bundled = await build({
  configFile: false,
  logLevel: "warn",
  plugins: [{ name: "lean-classes", transform: (code, path) => ({ code: leanClasses(code, path), map: null }) }],
  // Pages have no `Buffer`: what would be faster with it goes.
  define: { "globalThis.Buffer": "undefined" },
  build: {
    write: false,
    minify: false,
    sourcemap: true,
    target: "es2022",
    modulePreload: false,
    rolldownOptions: { input: `${door}.js`, preserveEntrySignatures: "strict" },
  },
});
const [chunk] = bundled.output;

const reserved = publicNames(`${door}.d.ts`);
const nameCache = {};
const { code: draft } = await shorten(nameCache);
const { code, map } = await shorten({ props: { props: shortestForMost(nameCache.props.props, draft) } });

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "client.js"), code);
writeFileSync(join(folder, "client.js.map"), map);

function shorten(nameCache) {
  return minify(
    { "client.js": chunk.code },
    {
      module: true,
      ecma: 2022,
      nameCache,
      compress: {
        inline: 1,
        keep_fargs: false,
        passes: 4,
        pure_getters: true,
        // Nobody listens in a page: what would be told is not even put together.
        pure_funcs: ["platform.emit", "this.emit", "emit"],
        // Statements repeat each other, and so compress better than what they can be woven into.
        sequences: false,
        unsafe: true,
        unsafe_arrows: true,
        unsafe_comps: true,
        unsafe_methods: true,
      },
      mangle: { properties: { keep_quoted: "strict", reserved: [...reserved] } },
      sourceMap: { content: chunk.map, filename: "client.js", url: "client.js.map" },
    },
  );
}

/** Gives the names that a draft has mangled anew: letters for those that stand there most often. */
function shortestForMost(mangled, draft) {
  const uses = new Map();
  for (const [name] of draft.matchAll(/(?<=[.{;}])[\w$]+|[\w$]+(?=:)/g)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const byUse = Object.entries(mangled).sort(([, a], [, b]) => (uses.get(b) ?? 0) - (uses.get(a) ?? 0));
  const letters = [..."tsienohracdulfpvmgbywkxSTAIECORLMPNDUFGHBWVKJzqjXYZQ$_"];
  const free = [...letters, ...letters.flatMap((first) => letters.map((second) => first + second))];
  const names = free.filter((name) => !reserved.has(name));
  return Object.fromEntries(byUse.map(([key], index) => [key, names[index]]));
}
