// What the compiler says of typed messages: it is tested by compiling this file. Where it says `@ts-expect-error`, an error
// is expected; should there be none any more, that is one.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Message, RoomEntry, Server, Session } from "bowline";
import type { ClientSession } from "bowline/client";
import {
  type ClientOf,
  type DataFromClient,
  type DataFromServer,
  defineMessages,
  type MessageError,
  type ReceivedByClient,
  type ReceivedByServer,
  type RepliesToClient,
  type RepliesToServer,
  type ServerOf,
} from "bowline/messages";
import * as z from "zod";

const talk = defineMessages({
  fromClient: {
    say: z.object({ room: z.string(), text: z.string(), urgent: z.boolean().default(false) }),
    leave: z.object({}),
    count: {
      request: z.object({ room: z.string() }),
      reply: z.object({ count: z.coerce.number<string>() }),
    },
    rooms: { request: z.object({ like: z.string().optional() }), reply: z.object({ names: z.array(z.string()) }) },
  },
  fromServer: {
    said: z.object({ who: z.string(), text: z.string(), at: z.iso.datetime().transform((text) => new Date(text)) }),
    confirm: { request: z.object({ what: z.string() }), reply: z.object({ yes: z.boolean() }) },
  },
});

type Talk = typeof talk;

/** Compiles when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(..._: Same<A, B> extends true ? [] : [never]): void {}

/** Never called: there is only its text. */
export async function onServer(session: Session, client: ClientSession): Promise<void> {
  const typed = talk.server(session);
  same<typeof typed.session, Session>();
  // @ts-expect-error: this is the other side.
  talk.server(client);

  await typed.send("said", { who: "ann", text: "hi", at: "2026-01-01T00:00:00Z" });
  // @ts-expect-error: a field is missing.
  await typed.send("said", { who: "ann", text: "hi" });
  // @ts-expect-error: no data at all.
  await typed.send("said");
  // @ts-expect-error: clients say this.
  await typed.send("say", { room: "lobby", text: "hi" });
  // @ts-expect-error: what is sent is what the schema takes, not what it makes of it.
  await typed.send("said", { who: "ann", text: "hi", at: new Date() });
  // @ts-expect-error: no such field.
  await typed.send("confirm", { what: "all", why: "" });

  const { yes } = await typed.request("confirm", { what: "all" }, { signal: session.signal });
  same<typeof yes, boolean>();
  // @ts-expect-error: nobody answers this.
  await typed.request("said", { who: "ann", text: "hi", at: "" });

  for await (const received of typed) {
    switch (received.type) {
      case "say":
        same<typeof received.data, { room: string; text: string; urgent: boolean }>();
        same<typeof received.message, Message>();
        await received.refuse("not-here", "join it first");
        // @ts-expect-error: it is no request.
        await received.reply({});
        break;
      case "leave":
        break;
      case "count": {
        await received.reply({ count: "7" });
        // @ts-expect-error: what is sent is what the schema takes.
        await received.reply({ count: 7 });
        const { reply } = received;
        // @ts-expect-error: a reply belongs to its message.
        await reply({ count: "7" });
        break;
      }
      case "rooms":
        await received.reply({ names: [] });
        break;
      case "reply":
        same<typeof received.to, "confirm">();
        same<typeof received.data, { yes: boolean }>();
        break;
      case "error":
      case "malformed":
        same<typeof received.error, MessageError>();
        break;
      default:
        // Nothing else can come; gaps are for clients.
        same<typeof received, never>();
    }
  }

  // The parts can be taken apart, too.
  for await (const { type, data, error } of typed) {
    if (type === "count") same<typeof data, { room: string }>();
    if (error !== undefined) same<typeof error, MessageError>();
  }
}

export async function handling(session: Session, message: Message): Promise<void> {
  const typed = talk.server(session);
  await typed.handle({
    say: async (data, message) => {
      same<typeof data, { room: string; text: string; urgent: boolean }>();
      same<typeof message, Message>();
    },
    leave: () => {},
    count: ({ room }) => ({ count: `${room.length}` }),
    rooms: async () => ({ names: [] }),
    error: ({ error }) => same<typeof error, MessageError>(),
    reply: ({ to }) => same<typeof to, "confirm">(),
    malformed: undefined,
  });
  // @ts-expect-error: there is nothing for `rooms`.
  await typed.answer(message, { say: () => {}, leave: () => {}, count: () => ({ count: "" }) });
  await typed.answer(message, {
    say: () => {},
    leave: () => {},
    // @ts-expect-error: this is not the reply that was defined.
    count: () => ({ count: 7 }),
    rooms: () => ({ names: [] }),
  });
  await typed.answer(message, {
    say: () => {},
    leave: () => {},
    count: () => ({ count: "" }),
    rooms: () => ({ names: [] }),
    // @ts-expect-error: nobody sends it.
    shout: () => {},
  });
}

export async function onClient(session: ClientSession, server: Session, host: Server): Promise<void> {
  const typed = talk.client(session);
  await typed.send("leave");
  await typed.send("say", { room: "lobby", text: "hi" });
  await typed.send("count", { room: "lobby" });
  const { count } = await typed.request("count", { room: "lobby" });
  same<typeof count, number>();
  const { names } = await typed.request("rooms");
  same<typeof names, string[]>();
  await typed.request("rooms", { like: "dev" }, { signal: session.signal });
  // @ts-expect-error: it needs to know of which room.
  await typed.request("count");

  const received = await typed.receive();
  if (received?.type === "said") same<typeof received.data.at, Date>();
  if (received?.type === "gap") same<typeof received.gap.from, number>();
  for await (const entry of typed.room("lobby")) if (entry.type === "said") same<typeof entry.data.who, string>();

  const room = talk.room(await server.join("lobby"));
  await room.send("said", { who: "ann", text: "hi", at: "" }, { text: "ann: hi", ephemeral: true });
  await room.room.leave();
  // @ts-expect-error: nobody could answer it.
  await room.send("confirm", { what: "all" });
  for (const entry of await room.history({ limit: 10 })) {
    if (entry.type === "malformed") same<typeof entry.error, MessageError>();
    else same<typeof entry.data.at, Date>();
    same<typeof entry.entry, RoomEntry>();
  }
  await talk.room(host.room("lobby")).send("said", { who: "ann", text: "hi", at: "" });
  // @ts-expect-error: rooms that are nobody's cannot be left.
  await talk.room(host.room("lobby")).room.leave();

  const reading = await talk.fromClient.read({});
  if (reading.type === "say") same<typeof reading.data.urgent, boolean>();
  same<(typeof reading)["type"], "say" | "leave" | "count" | "rooms" | "malformed">();
  const written = talk.fromServer.write("said", { who: "ann", text: "hi", at: "" });
  same<typeof written.type, "said">();
  same<typeof written.at, string>();
}

export function names(server: ServerOf<Talk>, client: ClientOf<Talk>): void {
  same<typeof server, ReturnType<typeof talk.server>>();
  same<typeof client, ReturnType<typeof talk.client>>();
  same<ReceivedByServer<Talk>["type"], "say" | "leave" | "count" | "rooms" | "reply" | "error" | "malformed">();
  same<ReceivedByClient<Talk>["type"], "said" | "confirm" | "reply" | "error" | "malformed" | "gap">();
  same<DataFromClient<Talk>["say"], { room: string; text: string; urgent: boolean }>();
  same<DataFromServer<Talk>["confirm"], { what: string }>();
  same<RepliesToClient<Talk>, { readonly count: { count: number }; readonly rooms: { names: string[] } }>();
  same<RepliesToServer<Talk>, { readonly confirm: { yes: boolean } }>();
}

export function definitions(): void {
  const data = z.object({ text: z.string() });
  // @ts-expect-error: a word of the library's own.
  defineMessages({ fromClient: { error: data } });
  // @ts-expect-error: it would be written over.
  defineMessages({ fromClient: { say: z.object({ type: z.string() }) } });
  // @ts-expect-error: one kind of it would be.
  defineMessages({ fromServer: { say: z.union([data, z.object({ type: z.string() })]) } });
  // @ts-expect-error: a reply says what it replies to.
  defineMessages({ fromServer: { mail: { request: data, reply: z.object({ to: z.string() }) } } });
  // @ts-expect-error: there is no place for a type.
  defineMessages({ fromServer: { say: z.string() } });
  // @ts-expect-error: no schema.
  defineMessages({ fromServer: { say: { text: "string" } } });
  defineMessages({ fromServer: { mail: z.object({ to: z.string() }), scores: z.record(z.string(), z.number()) } });
  // With nothing to say, nothing can be said.
  const silent = defineMessages({});
  // @ts-expect-error: nothing is defined.
  silent.fromClient.write("say");
}

test("what the types promise is there", () => {
  assert.deepEqual(Object.keys(talk), ["fromClient", "fromServer", "server", "client", "room"]);
});
