import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, Session } from "bowline";
import { defineMessages } from "bowline/messages";
import fc from "fast-check";
import * as v from "valibot";

const talk = defineMessages({
  fromClient: {
    say: v.object({ text: v.string(), at: v.optional(v.number()) }),
    notes: v.looseObject({}),
    count: { request: v.strictObject({ of: v.array(v.string()) }), reply: v.object({ count: v.number() }) },
  },
  fromServer: { confirm: { request: v.object({}), reply: v.object({ yes: v.boolean() }) } },
});

/** A message with this content, and what is answered to it. */
function arrived(content: string, isText: boolean): { message: Message; answers: object[] } {
  const answers: object[] = [];
  const reply = async (data: object): Promise<void> => void answers.push(data);
  const message = { isText, gap: undefined, room: undefined, reply, json: () => JSON.parse(content) as unknown };
  return { message: message as unknown as Message, answers };
}

const field = fc.constantFrom("type", "to", "text", "of", "reason", "message", "__proto__", "constructor", "toString");
const type = fc.constantFrom("say", "notes", "count", "error", "reply", "malformed", "gap", "confirm", "constructor");
/** Objects that are nearly messages. */
const nearly = fc
  .dictionary(fc.oneof(field, fc.string()), fc.jsonValue())
  .chain((rest) =>
    fc.tuple(fc.option(type, { nil: undefined }), fc.option(type, { nil: undefined }), fc.constant(rest)),
  )
  .map(([name, to, rest]) => JSON.stringify({ ...rest, ...(name && { type: name }), ...(to && { to }) }));
const anything = fc.oneof(nearly, fc.json(), fc.string(), fc.string({ unit: "binary" }));

const handlers = { say: () => {}, notes: () => {}, count: () => ({ count: 0 }) };

test("whatever arrives is one of the messages, or is answered with one short error, or is an error itself", async () => {
  await fc.assert(
    fc.asyncProperty(anything, fc.boolean(), async (content, isText) => {
      const { message, answers } = arrived(content, isText);
      const typed = talk.server({ signal: { aborted: false } } as Session);
      const received = await typed.read(message);
      await typed.answer(message, handlers);
      const answer = answers.map((each) => JSON.stringify(each));
      switch (received.type) {
        case "malformed":
          assert.match(answer.join(), /^\{"type":"error",/);
          assert.ok((answer[0] ?? "").length < 5_000, `it is told ${answer[0]?.length} characters`);
          break;
        case "count":
          assert.deepEqual(answer, ['{"type":"reply","to":"count","count":0}']);
          break;
        default:
          assert.deepEqual(answer, []);
      }
      assert.equal(({} as { text?: unknown }).text, undefined);
    }),
  );
});

test("what is written is read as it was", async () => {
  const text = fc.record({
    text: fc.string({ unit: "binary" }),
    at: fc.double({ noNaN: true, noDefaultInfinity: true }),
  });
  await fc.assert(
    fc.asyncProperty(text, async (data) => {
      const { message } = arrived(JSON.stringify(talk.fromClient.write("say", data)), true);
      const received = await talk.server({} as Session).read(message);
      assert.deepEqual(
        { type: received.type, data: received.data },
        { type: "say", data: JSON.parse(JSON.stringify(data)) },
      );
    }),
  );
});
