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

const { code, map } = await minify(
  { "client.js": chunk.code },
  {
    module: true,
    ecma: 2022,
    compress: {
      passes: 4,
      keep_fargs: false,
      pure_getters: true,
      // Nobody listens in a page: what would be told is not even put together.
      pure_funcs: ["platform.emit", "this.emit", "this.$line.emit"],
      unsafe: true,
      unsafe_arrows: true,
      unsafe_comps: true,
      unsafe_methods: true,
    },
    mangle: { properties: { keep_quoted: "strict", reserved: [...publicNames(`${door}.d.ts`)] } },
    sourceMap: { content: chunk.map, filename: "client.js", url: "client.js.map" },
  },
);

mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "client.js"), code);
writeFileSync(join(folder, "client.js.map"), map);
