import { parseSync } from "vite";

/**
 * Makes a module's classes shorter than a minifier may, which cannot know that nobody looks: `#name` becomes `$name`, which
 * is then mangled with all other names, and a field without a value is not declared before it is assigned. What a
 * `ProtocolError` says is left out: it cites its clause, and `docs/protocol.md` has the words.
 */
export function leanClasses(code, path) {
  const edits = [];
  visit(parseSync(path, code).program);
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((text, { start, end, put }) => text.slice(0, start) + put + text.slice(end), code);

  function visit(node) {
    if (Array.isArray(node)) for (const item of node) visit(item);
    if (typeof node?.type !== "string") return;
    const { type, start, end } = node;
    if (type === "PropertyDefinition" && node.value === null && !node.static) {
      edits.push({ start, end, put: "" });
      return;
    }
    if (type === "PrivateIdentifier") edits.push({ start, end: start + 1, put: "$" });
    if (type === "NewExpression" && node.callee.name === "ProtocolError") {
      const [words] = node.arguments;
      edits.push({ start: words.start, end: words.end, put: '""' });
    }
    for (const value of Object.values(node)) visit(value);
  }
}
