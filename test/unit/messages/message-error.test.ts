import assert from "node:assert/strict";
import { test } from "node:test";
import {
  errorObject,
  MessageError,
  malformed,
  readErrorObject,
  unknownType,
} from "../../../src/messages/message-error.ts";

test("what is wrong is said with the field, once", () => {
  const complaint = (message: string, path?: (PropertyKey | { key: PropertyKey })[]) =>
    malformed("say", [{ message, path }]).message;
  assert.equal(complaint("must be text", ["text"]), "text: must be text");
  assert.equal(complaint("must be text", ["people", 0, { key: "name" }]), "people.0.name: must be text");
  assert.equal(complaint("text must be a string", ["text"]), "text must be a string");
  assert.equal(complaint("must have two fields"), "must have two fields");
  assert.equal(complaint("odd", [Symbol("s")]), "Symbol(s): odd");
  assert.equal(malformed("say", []).message, "it is not as it is defined");
});

test("an error knows everything that the schema found, and travels without it", () => {
  const issues = [
    { message: "must be text", path: ["text"] },
    { message: "must be a number", path: ["at"] },
  ];
  const error = malformed("say", issues);
  assert.deepEqual(error.issues, issues);
  assert.deepEqual(errorObject(error, error.to), {
    type: "error",
    to: "say",
    reason: "malformed",
    message: "text: must be text",
  });
});

test("what is unknown learns what is known, and long names are not repeated", () => {
  assert.equal(
    unknownType("shout", ["say", "join"]).message,
    'a message is an object whose "type" is one of say, join',
  );
  assert.equal(unknownType("shout", []).message, "no messages are taken from this side");
  assert.equal(unknownType("shout", []).to, "shout");
  for (const type of ["x".repeat(65), undefined, 7, null]) assert.equal(unknownType(type, []).to, undefined);
});

test("however long the complaint is, what is told of it is short", () => {
  const error = malformed("say", [{ message: "x".repeat(1_000_000), path: ["y".repeat(1_000_000)] }]);
  assert.ok(error.message.length < 600);
});

test("an error of the other side's is read for what it says", () => {
  const read = readErrorObject({ type: "error", to: "say", reason: "not-here", message: "join it first" });
  assert.ok(read instanceof MessageError && read instanceof Error);
  assert.deepEqual(
    [read.name, read.to, read.reason, read.message],
    ["MessageError", "say", "not-here", "join it first"],
  );
  const mumbled = readErrorObject({ type: "error", to: 7, reason: null, message: {} });
  assert.deepEqual(
    [mumbled.to, mumbled.reason, mumbled.message],
    [undefined, "unknown", "the other side did not say why"],
  );
});
