import assert from "node:assert/strict";
import { test } from "node:test";
import { gapSentence } from "../../../src/cli/gap-sentence.ts";

test("a gap is told as far as it is known", () => {
  const cases = [
    [
      gapSentence({ from: 3, to: 5, reason: "trimmed" }, "lobby"),
      "* lobby: messages 3 to 5 are missing: the server does not",
    ],
    [
      gapSentence({ from: 3, to: 3, reason: "policy" }, "lobby"),
      "* lobby: message 3 is missing: the server has passed over",
    ],
    [
      gapSentence({ from: 3, to: 0, reason: "server-restarted" }, undefined),
      "* messages from 3 on are missing: the server was",
    ],
  ] as const;
  for (const [sentence, beginning] of cases) assert.ok(sentence.startsWith(beginning), sentence);
});
