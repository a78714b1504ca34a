// Builds the client for pages from the compiled modules: `node scripts/build-browser.mjs`.
//
// dist/browser/client.js is what every page loads, and stores.js what those load, too, that keep a session. Both are minified,
// and every name that is not public is mangled. Which names are public is read from the types (scripts/public-names.mjs), so
// that none can be forgotten; those of the language and of browsers are kept by Terser.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { minify } from "terser";
import { build } from "vite";
import { leanClasses } from "./lean-classes.mjs";
import { publicNames } from "./public-names.mjs";
import { repeatNames } from "./repeat-names.mjs";

const dist = join(import.meta.dirname, "..", "dist");
const folder = join(dist, "browser");
const door = join(dist, "src", "client", "browser", "index");

const [{ output: chunks }] = await build({
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
    lib: { entry: { client: `${door}.js` }, formats: ["es"] },
    rolldownOptions: { output: { chunkFileNames: "[name].js" } },
  },
});

const scripts = chunks.filter(({ type }) => type === "chunk");
const reserved = publicNames(`${door}.d.ts`);
// What `encodeInto` gives, and what `break` calls of an iterator: Terser knows neither.
for (const name of ["written", "return"]) reserved.add(name);
const mangled = new Map();
const drafts = [];
for (const script of scripts) drafts.push(await shorten(script, mangled));
const names = shortestForMost(mangled, drafts.map(({ code }) => code).join(""));

const shortened = [];
for (const script of scripts) shortened.push(await shorten(script, names));
const repeating = repeatNames(
  shortened.map(({ code }) => code),
  new Set(names.values()),
);

mkdirSync(folder, { recursive: true });
for (const [index, { fileName }] of scripts.entries()) {
  writeFileSync(join(folder, fileName), repeating[index]);
  writeFileSync(join(folder, `${fileName}.map`), shortened[index].map);
}

/** Minifies a chunk with these names for properties; what is not among them gets one, which is added. */
async function shorten({ fileName, code, map }, names) {
  const nameCache = { props: { props: Object.fromEntries(names) } };
  const shortened = await minify(
    { [fileName]: code },
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
      sourceMap: { content: map, filename: fileName, url: `${fileName}.map` },
    },
  );
  for (const [name, short] of Object.entries(nameCache.props.props)) names.set(name, short);
  return shortened;
}

/** Gives the names that drafts have mangled anew: letters for those that stand there most often. */
function shortestForMost(mangled, draft) {
  const uses = new Map();
  for (const [name] of draft.matchAll(/(?<=[.{;}])[\w$]+|[\w$]+(?=:)/g)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const byUse = [...mangled].sort(([, a], [, b]) => (uses.get(b) ?? 0) - (uses.get(a) ?? 0));
  const letters = [..."tsienohracdulfpvmgbywkxSTAIECORLMPNDUFGHBWVKJzqjXYZQ$_"];
  const free = [...letters, ...letters.flatMap((first) => letters.map((second) => first + second))];
  const names = free.filter((name) => !reserved.has(name));
  return new Map(byUse.map(([name], index) => [name, names[index]]));
}
