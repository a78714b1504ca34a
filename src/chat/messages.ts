import * as z from "zod/mini";

export { presenceWords } from "./presence-words.ts";

/** The room that everybody starts in. */
export const LOBBY = "lobby";
export const MAX_NICK_LENGTH = 24;
export const MAX_ROOM_NAME_LENGTH = 32;
/** UTF-16 code units of one message. */
export const MAX_TEXT_LENGTH = 4_000;
/** Entries that one `join` or `history` may ask for. */
export const MAX_HISTORY = 200;
const DEFAULT_HISTORY = 50;

/** What cannot be seen is no part of a name: two names must not look alike because of it. */
const NAME = /^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u;

function name(maxLength: number) {
  const error = `must be 1 to ${maxLength} letters, digits, "-", "_" or ".", and begin with a letter or a digit`;
  return z.string({ error }).check(z.trim(), z.normalize("NFC"), z.maxLength(maxLength, error), z.regex(NAME, error));
}

function entries(least: number) {
  const error = `must be a whole number from ${least} to ${MAX_HISTORY}`;
  return z._default(z.int(error).check(z.minimum(least, error), z.maximum(MAX_HISTORY, error)), DEFAULT_HISTORY);
}

const nick = name(MAX_NICK_LENGTH);
const room = name(MAX_ROOM_NAME_LENGTH).check(z.toLowerCase());
const text = z
  .string("must be text")
  .check(
    z.regex(/\S/, "must not be empty"),
    z.maxLength(MAX_TEXT_LENGTH, `must not be longer than ${MAX_TEXT_LENGTH} characters`),
  );
const offset = z.int("must be an offset");

/** What programs, the page among them, ask of the chat: JSON objects, told apart by `type`. */
export const requests = {
  /** Says something in a room that one is in. */
  say: z.object({ type: z.literal("say"), room, text }),
  /** Enters a room; its entries come from then on, after the `last` so many of those before. */
  join: z.object({ type: z.literal("join"), room, last: entries(0) }),
  leave: z.object({ type: z.literal("leave"), room }),
  nick: z.object({ type: z.literal("nick"), nick }),
  /** Who is in a room. */
  who: z.object({ type: z.literal("who"), room }),
  rooms: z.object({ type: z.literal("rooms") }),
  /** Says something to one person. */
  direct: z.object({ type: z.literal("direct"), to: nick, text }),
  /** A page of a room's entries, the newest or those before an offset. */
  history: z.object({ type: z.literal("history"), room, before: z.optional(offset), limit: entries(1) }),
};

export type RequestType = keyof typeof requests;
/** A request as a program writes it. */
export type ChatRequest = z.input<(typeof requests)[RequestType]>;
/** A request as the chat has checked it, with the defaults filled in. */
export type CheckedRequest<Type extends RequestType = RequestType> = {
  [Each in Type]: z.output<(typeof requests)[Each]>;
}[Type];

const member = z.object({
  nick: z.string(),
  /** The line is gone; the session, and the nick with it, still waits for it. */
  away: z.boolean(),
});
export type ChatMember = z.output<typeof member>;

/** An entry of a room. When it was written is the entry's own `at`. */
const entry = z.object({
  type: z.literal("entry"),
  room: z.string(),
  /** `say`: `who` said `text`. Otherwise something happened to `who`, and `text` says what. */
  kind: z.enum(["say", "nick"]),
  who: z.string(),
  text: z.string(),
});
export type ChatEntry = z.output<typeof entry>;

const pastEntry = z.object({ offset, at: z.number(), entry });
export type PastEntry = z.output<typeof pastEntry>;

const reply = z.literal("reply");
const counts = { room: z.string(), count: z.number(), awayCount: z.number() };
const here = { ...counts, members: z.array(member) };

/** The answer to each request; `to` names it. Of a large room nobody is named: `members` is empty, and `count` counts all. */
const replies = {
  say: z.object({ type: reply, to: z.literal("say"), room: z.string() }),
  join: z.object({ type: reply, to: z.literal("join"), ...here }),
  leave: z.object({ type: reply, to: z.literal("leave"), room: z.string() }),
  nick: z.object({ type: reply, to: z.literal("nick"), nick: z.string() }),
  who: z.object({ type: reply, to: z.literal("who"), ...here }),
  rooms: z.object({
    type: reply,
    to: z.literal("rooms"),
    rooms: z.array(z.object({ name: z.string(), count: z.number() })),
  }),
  direct: z.object({ type: reply, to: z.literal("direct"), nick: z.string(), text: z.string(), at: z.number() }),
  /** Oldest first; `more`: there are older ones. */
  history: z.object({
    type: reply,
    to: z.literal("history"),
    room: z.string(),
    entries: z.array(pastEntry),
    more: z.boolean(),
  }),
} satisfies Record<RequestType, unknown>;

export type ChatReply<Type extends RequestType = RequestType> = {
  [Each in Type]: z.output<(typeof replies)[Each]>;
}[Type];

/** The answer to a request that cannot be granted, or understood. Nothing else changes. */
const refusal = z.object({
  type: z.literal("error"),
  /** The request's type, as far as it could be read. */
  to: z.optional(z.string()),
  reason: z.enum(["malformed", "nick-taken", "not-here", "no-such-nick", "busy", "too-many-rooms"]),
  /** One sentence for people. */
  message: z.string(),
});
export type ChatRefusal = z.output<typeof refusal>;

/** The chat's first words to a program, and again when a server that was restarted does not know it any more. */
const welcome = z.object({ type: z.literal("welcome"), nick: z.string(), room: z.string() });

const nicks = z.array(z.string());

/** Who came to a room, and went, whose line is gone, and is there again. For those who are in it; in no history. */
const presence = z.object({
  type: z.literal("presence"),
  ...counts,
  joined: nicks,
  left: nicks,
  away: nicks,
  back: nicks,
  /** Everybody, where the lists alone do not tell; empty where nobody is named any more, as the room is too large. */
  members: z.optional(z.array(member)),
});
export type ChatPresence = z.output<typeof presence>;

const direct = z.object({
  type: z.literal("direct"),
  from: z.string(),
  to: z.string(),
  text: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type ChatDirect = z.output<typeof direct>;

const serverMessage = z.union([
  z.discriminatedUnion("type", [entry, presence, welcome, direct, refusal]),
  z.discriminatedUnion("to", Object.values(replies) as [typeof replies.say, ...(typeof replies)[RequestType][]]),
]);
/** Everything that the chat sends to a program. */
export type ServerMessage = z.output<typeof serverMessage>;

/** What a program received, checked; `undefined` when it is none of the chat's messages. */
export function readServerMessage(json: unknown): ServerMessage | undefined {
  return serverMessage.safeParse(json).data;
}

/** Nicks that differ in case alone, or in the form of the same letters, are the same nick. */
export function nickKey(nick: string): string {
  return nick.normalize("NFKC").toLowerCase();
}
