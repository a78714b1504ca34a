import assert from "node:assert/strict";
import { test } from "node:test";
import * as z from "zod";
import type { Messages } from "../../../src/messages/definition.ts";
import { type Reading, Vocabulary } from "../../../src/messages/vocabulary.ts";

const vocabulary = new Vocabulary({
  say: z.object({ text: z.string(), loud: z.boolean().default(false) }),
  strict: z.strictObject({ text: z.string() }),
  anything: z.looseObject({}),
  count: { request: z.object({}), reply: z.object({ count: z.number() }) },
});

function now(reading: Reading | Promise<Reading>): Reading {
  assert.ok(!(reading instanceof Promise), "it waits for nothing");
  return reading;
}

test("a message is its type and its data, in one object", () => {
  assert.deepEqual(vocabulary.write("say", { text: "hi" }), { type: "say", text: "hi" });
  assert.equal(JSON.stringify(vocabulary.write("say", { text: "hi" })), '{"type":"say","text":"hi"}');
  assert.deepEqual(vocabulary.write("count", undefined), { type: "count" });
  assert.deepEqual(vocabulary.write("say", { type: "quit", text: "hi" }), { type: "say", text: "hi" });
  assert.throws(() => vocabulary.write("shout", {}), /"shout" is not defined; say, strict, anything, count are/);
});

test("what is read has its defaults, and its type is no part of its data", () => {
  assert.deepEqual(now(vocabulary.read({ type: "say", text: "hi" })), {
    type: "say",
    data: { text: "hi", loud: false },
  });
  assert.deepEqual(now(vocabulary.read({ type: "strict", text: "hi" })), { type: "strict", data: { text: "hi" } });
});

test("what is none of the messages is malformed, whatever it is", () => {
  const parsed = JSON.parse('[{"type":"constructor"},{"type":"__proto__"},{"__proto__":{"type":"say","text":"hi"}}]');
  const strange = [undefined, null, 7, "say", true, [], [{ type: "say" }], {}, { type: 7 }, { type: ["say"] }];
  for (const json of [...strange, ...parsed]) {
    const { type, error } = now(vocabulary.read(json));
    assert.equal(type, "malformed");
    assert.match(error?.message ?? "", /^a message is an object whose "type" is one of say, strict, anything, count$/);
  }
  assert.equal(now(vocabulary.read({ type: "say", text: 7 })).error?.to, "say");
});

test("a field called __proto__ changes nobody's prototype", () => {
  const json = JSON.parse('{"type":"anything","__proto__":{"isAdmin":true}}');
  const { data } = now(vocabulary.read(json));
  assert.equal((data as { isAdmin?: unknown }).isAdmin, undefined);
  assert.equal(({} as { isAdmin?: unknown }).isAdmin, undefined);
  const written = vocabulary.write("anything", JSON.parse('{"__proto__":{"isAdmin":true}}'));
  assert.equal((written as { isAdmin?: unknown }).isAdmin, undefined);
});

test("replies are checked by what they reply to", () => {
  assert.equal(vocabulary.isRequest("count"), true);
  assert.equal(vocabulary.isRequest("say"), false);
  const reply = { type: "reply", to: "count", count: 7 };
  assert.deepEqual(now(vocabulary.readReply(reply)), { type: "count", data: { count: 7 } });
  assert.match(now(vocabulary.readReply({ ...reply, count: "7" })).error?.message ?? "", /^count: /);
  for (const to of ["say", "constructor", undefined, 7]) {
    assert.equal(now(vocabulary.readReply({ ...reply, to })).error?.message, "it answers nothing that is asked");
  }
});

test("a schema that has to wait makes a promise of what is read", async () => {
  const schema = z.object({ text: z.string().refine(async (text) => text !== "no", "must not be no") });
  const slow = new Vocabulary({ say: schema });
  const reading = slow.read({ type: "say", text: "yes" });
  assert.ok(reading instanceof Promise);
  assert.deepEqual(await reading, { type: "say", data: { text: "yes" } });
  assert.equal((await slow.read({ type: "say", text: "no" })).error?.message, "text: must not be no");
});

test("what cannot be defined is refused when it is", () => {
  for (const type of ["error", "reply", "malformed", "gap"]) {
    assert.throws(() => new Vocabulary({ [type]: z.object({}) }), new RegExp(`no message can be called "${type}"`));
  }
  const broken = [undefined, null, {}, { text: "string" }, { request: z.object({}) }, { reply: z.object({}) }, 7];
  for (const schema of broken) {
    assert.throws(() => new Vocabulary({ say: schema } as unknown as Messages), /"say" has to be a Standard Schema/);
  }
});
