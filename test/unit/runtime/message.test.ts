import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { payloadOf, type Sendable } from "../../../src/runtime/message.ts";
import { testServer } from "../../../src/testing/index.ts";

class Point {
  readonly x = 1;
}

/** Values that the types refuse as well; who has no types is told at run time. */
const UNSENDABLE: readonly [value: unknown, name: string][] = [
  [new Map([[1, 2]]), "Map"],
  [new Set([1]), "Set"],
  [new Blob(["text"]), "Blob"],
  [new Point(), "Point"],
  [new Date(0), "Date"],
  [new Error("no"), "Error"],
  [Promise.resolve("text"), "Promise"],
  [() => "text", "Function"],
  [3, "Number"],
  [3n, "BigInt"],
  [true, "Boolean"],
  [Symbol("s"), "Symbol"],
  [undefined, "undefined"],
  [null, "null"],
  [{ toJSON: () => undefined }, "Object"],
];

describe("what is sent", () => {
  test("bytes go as they are, and as they were, whatever looks at them", () => {
    const { buffer } = Uint8Array.of(0, 0, 65, 66, 67, 68, 0, 0);
    const views: Sendable[] = [
      new Uint8Array(buffer, 2, 4),
      new Uint16Array(buffer, 2, 2),
      new DataView(buffer, 2, 4),
      Buffer.from(buffer, 2, 4),
      buffer.slice(2, 6),
    ];
    const payloads = views.map((view) => payloadOf(view));
    new Uint8Array(buffer).fill(0);
    for (const payload of payloads) assert.deepEqual(payload, Uint8Array.of(65, 66, 67, 68));
  });

  test("plain objects and arrays go as JSON, also those of another realm", () => {
    assert.equal(payloadOf({ a: [1, null], at: new Date(0) }), '{"a":[1,null],"at":"1970-01-01T00:00:00.000Z"}');
    assert.equal(payloadOf([1, "two"]), '[1,"two"]');
    assert.equal(payloadOf(Object.assign(Object.create(null), { a: 1 })), '{"a":1}');
    assert.equal(payloadOf(runInNewContext("({ a: [1] })")), '{"a":[1]}');
  });

  test("of whatever else nothing would arrive: a TypeError says what can be sent", () => {
    for (const [value, name] of UNSENDABLE) {
      const message = `cannot send ${name}`;
      assert.throws(() => payloadOf(value as Sendable), { name: "TypeError", message });
    }
  });

  test("what JSON cannot say is a TypeError, too", () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    assert.throws(() => payloadOf(cyclic), { name: "TypeError", message: /circular/ });
    assert.throws(() => payloadOf({ n: 3n }), { name: "TypeError", message: /BigInt/ });
  });

  test("the types refuse it before it runs", () => {
    interface Said {
      readonly text: string;
    }
    const said: Said = { text: "an interface is fine" };
    const fine: Sendable[] = [said, [said], { said }, new Float32Array(1)];
    // @ts-expect-error
    const map: Sendable = new Map();
    // @ts-expect-error
    const promise: Sendable = Promise.resolve("text");
    // @ts-expect-error
    const lambda: Sendable = () => "text";
    // @ts-expect-error
    const number: Sendable = 3;
    // @ts-expect-error
    const nothing: Sendable = null;
    assert.ok([fine, map, promise, lambda, number, nothing]);
  });
});

test("session, reply, request and room refuse alike, and go on", async () => {
  const refusal = { name: "TypeError", message: "cannot send Map" };
  const map = new Map() as unknown as Sendable;
  const server = await testServer(async (session) => {
    const lobby = await session.join("lobby");
    for await (const message of session) {
      await assert.rejects(async () => session.send(map), refusal);
      await assert.rejects(async () => session.request(map), refusal);
      await assert.rejects(async () => message.reply(map), refusal);
      await assert.rejects(async () => lobby.send(map), refusal);
      await message.reply("refused four times");
    }
  });
  const ann = await server.connect();
  const reply = ann.request("try");
  await server.advance(1_000);
  assert.equal((await reply).text(), "refused four times");
  await server.close();
});
