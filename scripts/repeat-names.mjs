import { gzipSync } from "node:zlib";
import { parseSync } from "vite";

const TRIES = 16_000;

/**
 * Swaps the short names of properties, in all these scripts alike, for as long as that makes the first one smaller when it
 * is compressed: which names repeat what stands around them, nobody can tell without trying. It saves one byte in seventy.
 *
 * Names are swapped with others as long, so that source maps stay true; and always the same ones for the same scripts.
 */
export function repeatNames(scripts, mangled) {
  const placed = scripts.map((code) => placesOf(code, mangled));
  const fixed = new Set(placed.flatMap(({ shorthands }) => shorthands));
  const names = [...new Set(placed[0].places.map(({ name }) => name))].filter((name) => !fixed.has(name));
  const random = pseudorandom();
  const renamed = new Map();
  let least = gzippedBytes(scripts[0]);
  for (let tries = TRIES; tries > 0; tries--) {
    const [one, other] = [random(names), random(names)];
    if (one === other || one.length !== other.length) continue;
    const swapped = new Map(renamed);
    swapped.set(one, renamed.get(other) ?? other).set(other, renamed.get(one) ?? one);
    const bytes = gzippedBytes(rename(scripts[0], placed[0], swapped));
    if (bytes > least) continue;
    least = bytes;
    for (const [name, short] of swapped) renamed.set(name, short);
  }
  return scripts.map((code, index) => rename(code, placed[index], renamed));
}

/** Where mangled names stand, in order; and those that stand for a variable as well, and so cannot be changed alone. */
function placesOf(code, mangled) {
  const places = new Map();
  const shorthands = [];
  visit(parseSync("script.js", code).program);
  return { places: [...places.values()].sort((a, b) => a.start - b.start), shorthands };

  function visit(node) {
    if (Array.isArray(node)) for (const item of node) visit(item);
    if (typeof node?.type !== "string") return;
    const named = node.type === "MemberExpression" ? node.property : node.key;
    if (!node.computed && named?.type === "Identifier" && mangled.has(named.name)) {
      const { name, start, end } = named;
      if (node.shorthand) shorthands.push(name);
      else places.set(start, { name, start, end });
    }
    for (const value of Object.values(node)) visit(value);
  }
}

function rename(code, { places }, renamed) {
  let text = "";
  let at = 0;
  for (const { name, start, end } of places) {
    text += code.slice(at, start) + (renamed.get(name) ?? name);
    at = end;
  }
  return text + code.slice(at);
}

function gzippedBytes(code) {
  return gzipSync(code, { level: 9 }).byteLength;
}

/** Picks from a list, as by chance. */
function pseudorandom() {
  let state = 1;
  return (list) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return list[Math.floor((state / 2 ** 31) * list.length)];
  };
}
