import assert from "node:assert/strict";
import { test } from "node:test";
import { besides, jsonIn } from "../../../src/messages/json.ts";

test("what is no JSON is nothing", () => {
  const content = (text: string, isText = true) => ({ isText, json: () => JSON.parse(text) as unknown });
  assert.deepEqual(jsonIn(content('{"a":1}')), { a: 1 });
  assert.equal(jsonIn(content("{")), undefined);
  assert.equal(jsonIn(content('{"a":1}', false)), undefined);
});

test("the head of an object comes first, and nothing takes its place", () => {
  assert.equal(JSON.stringify(besides({ type: "say" }, { text: "hi", type: "quit" })), '{"type":"say","text":"hi"}');
  assert.deepEqual(besides({ type: "say" }, undefined), { type: "say" });
});
