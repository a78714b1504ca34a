import assert from "node:assert/strict";
import { test } from "node:test";
import { ErrorCarrier } from "../../../src/handlers/carried-error.ts";
import { decodeValue, encodeValue } from "../../../src/handlers/tellings.ts";
import { RoomError, SessionClosedError } from "../../../src/runtime/errors.ts";

class LayerError extends Error {
  override readonly name = "LayerError";
}

const carrier = new ErrorCarrier([LayerError]);

function carry(error: unknown): Error {
  return carrier.unpack(decodeValue(encodeValue(carrier.pack(error))) as ReturnType<ErrorCarrier["pack"]>);
}

test("errors arrive with class, name, message, stack and code", () => {
  for (const error of [new TypeError("a"), new RangeError("b"), new RoomError("c"), new LayerError("d")]) {
    const carried = carry(Object.assign(error, { code: "E_CODE" }));
    assert.ok(carried instanceof error.constructor, error.name);
    assert.deepEqual(
      [carried.name, carried.message, carried.stack, (carried as { code?: unknown }).code],
      [error.name, error.message, error.stack, "E_CODE"],
    );
  }
});

test("the end of a session arrives with how it came about", () => {
  const info = { sessionId: "s", code: 4012, name: "kicked", reason: "spam", by: "server", retryAfterMs: 0 } as const;
  const carried = carry(new SessionClosedError(info));
  assert.ok(carried instanceof SessionClosedError);
  assert.deepEqual([carried.code, carried.info], [4012, info]);
});

test("a class that nobody knows is an error of its name", () => {
  const carried = carry(Object.assign(new Error("odd"), { name: "OddError" }));
  assert.deepEqual([carried.constructor, carried.name], [Error, "OddError"]);
});

test("causes come along", () => {
  const carried = carry(new Error("outer", { cause: new TypeError("inner") }));
  assert.ok(carried.cause instanceof TypeError);
  assert.equal(carried.cause.message, "inner");
});

test("what is thrown and is no error is told in words", () => {
  for (const [thrown, words] of [
    ["text", "text"],
    [undefined, "undefined"],
    [{ a: 1 }, "{ a: 1 }"],
  ] as const) {
    const carried = carry(thrown);
    assert.ok(carried instanceof Error);
    assert.equal(carried.message, words);
  }
});
