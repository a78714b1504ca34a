import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..", "..", "..");

const pages = [
  ...readdirSync(root),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => join("docs", name)),
  ...readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).map((name) => join("src", name)),
].filter((path) => path.endsWith(".md"));

/** The anchor that readers' sites give a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replaceAll(/\s/g, "-");
}

test("every link from one page to another leads somewhere", () => {
  const dead: string[] = [];
  for (const page of pages) {
    const text = readFileSync(join(root, page), "utf8").replaceAll(/^```.*?^```/gms, "");
    for (const [, link = ""] of text.matchAll(/\]\((?!\w+:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? join(root, page) : join(root, dirname(page), path);
      const anchors = () =>
        Array.from(readFileSync(target, "utf8").matchAll(/^#+ (.*)$/gm), ([, h = ""]) => anchorOf(h));
      if (!existsSync(target) || (anchor !== undefined && !anchors().includes(anchor))) dead.push(`${page}: ${link}`);
    }
  }
  assert.deepEqual(dead, []);
});

test("every decision is in the list of decisions, each with a number of its own", () => {
  const folder = join(root, "docs", "decisions");
  const list = readFileSync(join(folder, "README.md"), "utf8");
  const decisions = readdirSync(folder).filter((name) => name !== "README.md");
  const listed = decisions.filter((name) => list.includes(`[${name.slice(0, 3)}](${name})`));
  assert.deepEqual(listed, decisions);
  assert.equal(new Set(decisions.map((name) => name.slice(0, 3))).size, decisions.length);
});
