import assert from "node:assert/strict";
import { test } from "node:test";
import { defineMessages, type ObjectSchema, type StandardSchema } from "bowline/messages";

interface Said {
  readonly text: string;
  readonly loud: boolean;
  readonly people: readonly { readonly name: string }[];
}

/** One library's word for each thing that the suite asks of it. */
export interface SchemaLibrary {
  /** `text` and `people` are needed, `loud` is false when it is not there, and there is nothing else. */
  readonly said: StandardSchema<{ text: string; loud?: boolean | undefined; people: { name: string }[] }, Said>;
  /** `{ children }`, each of which is one of these. */
  readonly tree: ObjectSchema;
  /** `{ text }`, which must not be "no", as it finds out after a while; not every library can wait. */
  readonly slow: ObjectSchema | undefined;
}

/** What has to hold of the messages, whichever library defines them. */
export function messagesSuite(name: string, { said, tree, slow }: SchemaLibrary): void {
  const { fromServer } = defineMessages({ fromServer: { said, tree, slow: slow ?? tree } });
  const people = [{ name: "ann" }, { name: "bob" }];

  test(`${name}: what was written is read, with its defaults`, async () => {
    const written: unknown = JSON.parse(JSON.stringify(fromServer.write("said", { text: "hi", people })));
    assert.deepEqual(written, { type: "said", text: "hi", people });
    const reading = await fromServer.read(written);
    assert.ok(reading.type === "said");
    assert.deepEqual(reading.data, { text: "hi", loud: false, people });
  });

  test(`${name}: what is wrong is said with the name of the field`, async () => {
    for (const [json, field] of [
      [{ people }, "text"],
      [{ text: 7, people }, "text"],
      [{ text: "hi" }, "people"],
      [{ text: "hi", people: [{ name: "ann" }, { name: 7 }] }, /people[.[]1\]?\.name/],
      [{ text: "hi", people, loud: "very" }, "loud"],
      [{ text: "hi", people, more: 7 }, "more"],
    ] as const) {
      const { error } = await fromServer.read({ type: "said", ...json });
      assert.ok(error !== undefined, JSON.stringify(json));
      assert.deepEqual([error.reason, error.to], ["malformed", "said"]);
      assert.match(error.message, field instanceof RegExp ? field : new RegExp(field));
      assert.ok(error.issues.length > 0);
    }
  });

  test(`${name}: however deep, and whatever __proto__ says, it is read or it is malformed`, async () => {
    assert.equal((await fromServer.read({ type: "tree", children: [{ children: [] }] })).type, "tree");
    const depth = 50_000;
    const deep = `${'{"type":"tree","children":['.repeat(depth)}${"]}".repeat(depth)}`;
    const { type, error } = await fromServer.read(JSON.parse(deep));
    if (type === "malformed") assert.equal(error.message, "it is nested too deeply");
    const poisoned = `{"type":"said","text":"hi","people":[],"__proto__":{"text":7,"loud":true}}`;
    const reading = await fromServer.read(JSON.parse(poisoned));
    if (reading.type === "said") assert.equal(reading.data.loud, false);
    assert.equal(({} as { loud?: boolean }).loud, undefined);
  });

  if (slow === undefined) return;
  test(`${name}: what has to wait is waited for`, async () => {
    assert.equal((await fromServer.read({ type: "slow", text: "yes" })).type, "slow");
    assert.match((await fromServer.read({ type: "slow", text: "no" })).error?.message ?? "", /text: must not be no/);
  });
}
