import { parseSync } from "vite";

/** Properties of ours that are called like some of the browser's, and so would not be mangled. None of those is used. */
const OURS = new Set(
  (
    "changed credentials cursor end finish finished frame head last messages number onMessage opened platform position process reject " +
    "release resolve source step stop string take target type wake"
  ).split(" "),
);

/**
 * Makes a module shorter than a minifier may, which cannot know that nobody looks.
 *
 * - `#names` become properties, the same few in each class, so that they are mangled to the same few letters. A class
 *   that extends one of ours has others, since the two would meet in one object.
 * - A field without a value is not declared before it is assigned.
 * - What a `ProtocolError` says is left out: it cites its clause, and `docs/protocol.md` has the words.
 * - `const` is `let`: of two words for the same, the shorter one.
 */
export function leanClasses(code, path) {
  const edits = [];
  visit(parseSync(path, code).program, undefined);
  edits.sort((a, b) => b.start - a.start);
  return edits.reduce((text, { start, end, put }) => text.slice(0, start) + put + text.slice(end), code);

  function visit(node, privateNames) {
    if (Array.isArray(node)) for (const item of node) visit(item, privateNames);
    if (typeof node?.type !== "string") return;
    const { type, start, end } = node;
    const begins = node.value === null || (node.value?.value === false && node.key.type === "PrivateIdentifier");
    if (type === "PropertyDefinition" && begins && !node.static) {
      edits.push({ start, end, put: "" });
      return;
    }
    if (type === "VariableDeclaration" && node.kind === "const") edits.push({ start, end: start + 5, put: "let" });
    if (type === "PrivateIdentifier") edits.push({ start, end, put: privateNames.get(node.name) });
    if (type === "NewExpression" && node.callee.name === "ProtocolError") {
      const [words] = node.arguments;
      edits.push({ start: words.start, end: words.end, put: '""' });
    }
    const named = type === "MemberExpression" ? node.property : node.key;
    if (!node.computed && named?.type === "Identifier" && OURS.has(named.name)) {
      const put = `our_${named.name}`;
      edits.push({
        start: named.start,
        end: node.shorthand ? named.start : named.end,
        put: node.shorthand ? `${put}: ` : put,
      });
    }
    const names = type === "ClassDeclaration" || type === "ClassExpression" ? namesOf(node) : privateNames;
    for (const value of Object.values(node)) visit(value, names);
  }
}

/** What a class's private names become: numbered, the most frequent first. */
function namesOf({ body, superClass }) {
  const series = superClass === null || superClass.name === "Error" ? "$own" : `$extending${superClass.name}`;
  const uses = new Map();
  count(body);
  return new Map([...uses].sort(([, a], [, b]) => b - a).map(([name], index) => [name, `${series}${index}`]));

  function count(node) {
    if (Array.isArray(node)) for (const item of node) count(item);
    if (typeof node?.type !== "string") return;
    if (node.type === "PrivateIdentifier") uses.set(node.name, (uses.get(node.name) ?? 0) + 1);
    for (const value of Object.values(node)) count(value);
  }
}
