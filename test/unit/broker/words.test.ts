import assert from "node:assert/strict";
import { test } from "node:test";
import { hasWords, wordsOf } from "../../../src/broker/words.ts";

test("words are letters and digits, whatever their case and accents", () => {
  assert.deepEqual(wordsOf("Füchse & 2 Hühner: CAFÉ-au-lait"), ["fuchse", "2", "huhner", "cafe", "au", "lait"]);
  assert.deepEqual(wordsOf("\"' *\n"), []);
  assert.deepEqual(wordsOf("привет, Мир"), ["привет", "мир"]);
});

test("all words must be there, the last one as the beginning of one", () => {
  assert.ok(hasWords("the quick brown fox", ["brown", "qui"]));
  assert.ok(!hasWords("the quick brown fox", ["qui", "brown"]));
  assert.ok(!hasWords("the quick brown fox", ["red", "fox"]));
  assert.ok(!hasWords("anything", []));
});
