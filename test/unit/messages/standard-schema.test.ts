import assert from "node:assert/strict";
import { test } from "node:test";
import { check, type SchemaResult, type StandardSchema } from "../../../src/messages/standard-schema.ts";

function schema(validate: (value: unknown) => SchemaResult | Promise<SchemaResult>): StandardSchema {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

test("a schema that can say it at once says it at once", async () => {
  assert.deepEqual(
    check(
      schema((value) => ({ value })),
      7,
    ),
    { value: 7 },
  );
  const later = check(
    schema(async (value) => ({ value })),
    7,
  );
  assert.ok(later instanceof Promise);
  assert.deepEqual(await later, { value: 7 });
});

test("what is nested too deeply is wrong, not fatal", async () => {
  const dig = (): never => dig();
  const expected = { issues: [{ message: "it is nested too deeply" }] };
  assert.deepEqual(check(schema(dig), {}), expected);
  assert.deepEqual(
    await check(
      schema(async () => dig()),
      {},
    ),
    expected,
  );
});

test("a schema that fails, fails whoever asked it", async () => {
  const failure = new Error("no database");
  const fail = (): never => {
    throw failure;
  };
  assert.throws(() => check(schema(fail), {}), failure);
  await assert.rejects(
    async () =>
      check(
        schema(async () => fail()),
        {},
      ),
    failure,
  );
});
