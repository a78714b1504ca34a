import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type SessionEvent, type SessionState, stateDiagram, transition } from "../../../src/session/states.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");
/** Every arrow of the diagram that leads from a state to a state. */
const ARROWS = [...stateDiagram().matchAll(/^ +(\w+) --> (\w+): (adopted|lost|ending|over)$/gm)].map(
  ([, from, to, event]) => ({ from: from as SessionState, to: to as SessionState, event: event as SessionEvent }),
);
const STATES = [...new Set(ARROWS.flatMap(({ from, to }) => [from, to]))];

test("the diagram in docs/architecture.md is the table", () => {
  const page = readFileSync(join(ROOT, "docs", "architecture.md"), "utf8").replaceAll("\r\n", "\n");
  assert.ok(page.includes(`\`\`\`mermaid\n${stateDiagram()}\n\`\`\``), stateDiagram());
});

test("what the table does not know is a bug", () => {
  for (const state of STATES) {
    for (const event of ["adopted", "lost", "ending", "over"] as const) {
      const arrow = ARROWS.find((one) => one.from === state && one.event === event);
      if (arrow === undefined)
        assert.throws(() => transition(state, event), new RegExp(`${state} cannot take "${event}"`));
      else assert.equal(transition(state, event), arrow.to);
    }
  }
});

test("every state can be reached, and can end", () => {
  const reached = new Set<SessionState>(["connecting", "open"]);
  for (const state of reached) for (const { from, to } of ARROWS) if (from === state) reached.add(to);
  assert.deepEqual([...reached].sort(), [...STATES].sort());
  for (const state of STATES) if (state !== "closed") assert.equal(transition(state, "over"), "closed");
});
