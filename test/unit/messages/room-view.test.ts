import assert from "node:assert/strict";
import { test } from "node:test";
import { serve } from "bowline";
import { connect } from "bowline/client";
import { defineMessages } from "bowline/messages";
import * as z from "zod";

const talk = defineMessages({
  fromClient: { come: z.object({}), say: z.object({ text: z.string() }) },
  fromServer: { said: z.object({ text: z.string().refine(async (text) => text !== "no") }), left: z.object({}) },
});

test("entries have types where they are sent, where they arrive, and where they are read again", async () => {
  const heard: string[] = [];
  await using server = await serve({ port: 0 }, async (session) => {
    const lobby = talk.room(await session.join("lobby"));
    await talk.server(session).handle({
      come: () => lobby.send("left", {}, { ephemeral: true }),
      say: ({ text }) => lobby.send("said", { text }, { text: `said: ${text}` }),
      error: ({ error }) => void heard.push(error.message),
    });
  });
  await using session = await connect(`ws://127.0.0.1:${server.address.port}`);
  const typed = talk.client(session);
  await typed.send("say", { text: "hello" });
  await typed.send("say", { text: "no" });
  await session.flush();
  await server.room("lobby").send("a line of another program's");
  await talk.room(server.room("lobby")).send("left");
  await typed.send("come");

  const entries: string[] = [];
  for await (const { type, data, message } of typed.room("lobby")) {
    assert.equal(message.room, "lobby");
    entries.push(type === "said" ? data.text : `${type} ${message.offset}`);
    if (entries.length === 5) break;
  }
  assert.deepEqual(entries, ["hello", "malformed 2", "malformed 3", "left 4", "left undefined"]);

  const page = await talk.room(server.room("lobby")).history({ limit: 10 });
  assert.deepEqual(
    page.map(({ type, data, error, entry }) => [type, data ?? error?.reason, entry.offset]),
    [
      ["said", { text: "hello" }, 1],
      ["malformed", "malformed", 2],
      ["malformed", "malformed", 3],
      ["left", {}, 4],
    ],
  );

  const found = await talk.room(server.room("lobby")).search("hello", { limit: 10 });
  assert.deepEqual(
    found.map(({ type, data }) => [type, data]),
    [["said", { text: "hello" }]],
  );

  // In the session's own loop it is the same; and of a room's entries nobody is told that they are malformed.
  await server.room("lobby").send("another line");
  const received = await typed.receive();
  assert.deepEqual([received?.type, received?.message.offset], ["malformed", 5]);
  await typed.send("come");
  await session.flush();
  assert.deepEqual(heard, []);
});
