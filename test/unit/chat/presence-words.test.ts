import assert from "node:assert/strict";
import { test } from "node:test";
import { presenceWords } from "../../../src/chat/presence-words.ts";

test("up to three are named, of more two, and the others are counted", () => {
  const people = ["ann", "bob", "carl", "dora", "emil"];
  const words = [1, 2, 3, 4, 5].map((count) => presenceWords({ joined: people.slice(0, count), left: [] }));
  assert.deepEqual(words, [
    "ann joined",
    "ann and bob joined",
    "ann, bob and carl joined",
    "ann, bob and 2 others joined",
    "ann, bob and 3 others joined",
  ]);
});

test("who came stands before who went", () => {
  assert.equal(presenceWords({ joined: ["ann"], left: ["bob", "carl"] }), "ann joined; bob and carl left");
  assert.equal(presenceWords({ joined: [], left: ["bob"] }), "bob left");
  assert.equal(presenceWords({ joined: [], left: [] }), "");
});
