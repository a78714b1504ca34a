// The names that a module's users may write: what it exports, and every property of the types they can reach from there.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseSync } from "vite";

const MEMBERS = new Set(["TSPropertySignature", "TSMethodSignature", "PropertyDefinition", "MethodDefinition"]);

/** Reads the declarations (`.d.ts`) that begin in this file, and follows whatever they refer to. */
export function publicNames(door) {
  const names = new Set();
  const seen = new Set();
  const bodies = new Map();
  followExports(door);
  return names;

  function bodyOf(file) {
    if (!bodies.has(file)) bodies.set(file, parseSync(file, readFileSync(file, "utf8")).program.body);
    return bodies.get(file);
  }

  function followExports(file) {
    for (const statement of bodyOf(file)) {
      if (statement.type === "ExportAllDeclaration") followExports(declarations(file, statement.source));
      if (statement.type !== "ExportNamedDeclaration") continue;
      if (statement.declaration) collect(file, statement.declaration);
      for (const { exported, local } of statement.specifiers) {
        names.add(exported.name);
        follow(statement.source ? declarations(file, statement.source) : file, local.name);
      }
    }
  }

  /** Collects what `name` means in a file: declared there, or come from another. */
  function follow(file, name) {
    const key = `${file} ${name}`;
    if (seen.has(key)) return;
    seen.add(key);
    for (const statement of bodyOf(file)) {
      if (statement.source?.value.startsWith(".")) {
        const source = declarations(file, statement.source);
        if (statement.type === "ExportAllDeclaration") follow(source, name);
        for (const { imported, local, exported } of statement.specifiers ?? []) {
          if ((exported ?? local).name === name) follow(source, (imported ?? local).name);
        }
        continue;
      }
      const declaration = statement.declaration ?? statement;
      const declared = declaration.declarations?.map(({ id }) => id) ?? [declaration.id];
      if (declared.some((id) => id?.name === name)) collect(file, declaration);
    }
  }

  function collect(file, node) {
    if (Array.isArray(node)) for (const item of node) collect(file, item);
    if (typeof node?.type !== "string") return;
    if (node.type === "Identifier") follow(file, node.name);
    if (node.type === "TSImportType") follow(declarations(file, node.source), node.qualifier.name);
    if (MEMBERS.has(node.type) && !node.computed) {
      if (node.accessibility === "private" || node.key.type === "PrivateIdentifier") return;
      names.add(String(node.key.name ?? node.key.value));
    }
    for (const [name, value] of Object.entries(node)) if (name !== "key") collect(file, value);
  }
}

function declarations(file, source) {
  return resolve(dirname(file), source.value.replace(/\.[jt]s$/, ".d.ts"));
}
