import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { stateDiagram } from "../../src/session/states.ts";

test("docs/architecture.md shows the table of transitions as it is", () => {
  const page = readFileSync(new URL("../../../docs/architecture.md", import.meta.url), "utf8");
  assert.equal(/```mermaid\n(.*?)\n```/s.exec(page)?.[1], stateDiagram());
});
