// Checks who imports whom: `node scripts/check-imports.mjs`. The table below is the drawing in docs/architecture.md.
//
// The compiler refuses imports between layers that are not references of each other, and Biome refuses cycles. This adds
// what neither can say: who may open sockets, who may use which package, and who has to come in by a public door. What
// pages load may import only layers without Node, so Node is out of their reach.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, resolve, sep } from "node:path";
import { parseSync } from "vite";

const pure = ["src/protocol", "src/session", "src/runtime"];
const below = [...pure, "src/transport"];
const SOCKETS = ["node:dgram", "node:http", "node:http2", "node:https", "node:net", "node:tls"];

/**
 * Each layer's folder (the longest that fits a file counts), the layers it may import besides itself, the packages it
 * may use, and which of Node's modules: none, all but sockets, or all.
 */
const LAYERS = {
  "src/protocol": { imports: [], packages: [], node: "none" },
  "src/session": { imports: ["src/protocol"], packages: [], node: "none" },
  "src/runtime": { imports: ["src/protocol", "src/session"], packages: [], node: "none" },
  "src/messages": { imports: ["src/runtime"], packages: [], node: "none" },
  "src/transport": { imports: pure, packages: [], node: "all" },
  "src/broker": { imports: pure, packages: ["libsql"], node: "no sockets" },
  "src/rooms": { imports: [...pure, "src/broker"], packages: [], node: "no sockets" },
  "src/handlers": { imports: pure, packages: [], node: "no sockets" },
  "src/server": {
    imports: [...below, "src/broker", "src/rooms", "src/handlers"],
    packages: [],
    node: "all",
  },
  "src/client": { imports: pure, packages: [], node: "none" },
  "src/client/node": { imports: [...below, "src/client"], packages: [], node: "no sockets" },
  "src/client/browser": { imports: [...pure, "src/client"], packages: [], node: "none" },
  "src/testing": {
    imports: [...below, "src/broker", "src/rooms", "src/handlers", "src/server", "src/client"],
    packages: [],
    node: "no sockets",
  },
  "src/index.ts": {
    imports: [...below, "src/broker", "src/rooms", "src/handlers", "src/server"],
    packages: [],
    node: "none",
  },
  "src/chat": { imports: [], packages: ["bowline", "bowline/client", "bowline/messages", "zod"], node: "no sockets" },
  "src/load": { imports: ["src/protocol"], packages: [], node: "all" },
  "src/cli": {
    imports: [...pure, "src/broker", "src/chat", "src/client", "src/index.ts", "src/load", "src/transport"],
    packages: ["bowline", "bowline/client", "pino", "pino-pretty"],
    node: "all",
  },
  examples: {
    imports: [],
    packages: ["bowline", "bowline/client", "bowline/messages", "bowline/testing", "arktype", "valibot", "zod"],
    node: "all",
  },
  "web/src": {
    imports: [],
    packages: ["bowline/client", "bowline/chat/messages", "bowline/messages", "react", "react-dom"],
    node: "none",
  },
};

const root = resolve(process.argv[2] ?? join(import.meta.dirname, ".."));
const files = ["src", "examples", "web/src"]
  .filter((folder) => existsSync(join(root, folder)))
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  )
  .map((path) => path.split(sep).join("/"))
  .filter((path) => /\.tsx?$/.test(path));

const complaints = files.flatMap((file) => complaintsAbout(file));
for (const complaint of complaints) console.error(complaint);
console.log(`${files.length} files, ${complaints.length} forbidden imports`);
process.exitCode = complaints.length > 0 || files.length === 0 ? 1 : 0;

function complaintsAbout(file) {
  const name = layerOf(file);
  if (name === undefined) return [`${file}: belongs to no layer; give its folder a line in scripts/check-imports.mjs`];
  return readImports(file)
    .filter((imported) => !isAllowed(imported, name, LAYERS[name]))
    .map((imported) => `${file}: ${name} must not import ${imported.name}`);
}

function isAllowed({ name, isFile }, importer, layer) {
  if (isFile) return layerOf(name) === importer || layer.imports.includes(layerOf(name));
  if (name.startsWith("node:")) return layer.node === "all" || (layer.node === "no sockets" && !SOCKETS.includes(name));
  // A deep import of a package (`react-dom/client`) belongs to it; each of Bowline's doors stands for itself.
  return layer.packages.some((entry) => name === entry || (entry !== "bowline" && name.startsWith(`${entry}/`)));
}

function layerOf(file) {
  return Object.keys(LAYERS)
    .filter((layer) => file === layer || file.startsWith(`${layer}/`))
    .sort((a, b) => b.length - a.length)[0];
}

/** What a file imports, types included; files are named by their path from the root. */
function readImports(file) {
  const { program, errors } = parseSync(file, readFileSync(join(root, file), "utf8"));
  if (errors.length > 0) throw new SyntaxError(`${file}: ${errors[0].message}`);
  const specifiers = new Set();
  visit(program, (node) => {
    if (typeof node.source?.value === "string") specifiers.add(node.source.value);
  });
  return [...specifiers].map((specifier) =>
    specifier.startsWith(".")
      ? { name: posix.join(posix.dirname(file), specifier), isFile: true }
      : { name: specifier, isFile: false },
  );
}

function visit(value, onNode) {
  if (value === null || typeof value !== "object") return;
  if (typeof value.type === "string") onNode(value);
  for (const child of Object.values(value)) visit(child, onNode);
}
