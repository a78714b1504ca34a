import {
  type ClientOf,
  type DataFromClient,
  defineMessages,
  type ReceivedByClient,
  type RepliesToClient,
} from "bowline/messages";
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

const member = z.object({
  nick: z.string(),
  /** The line is gone; the session, and the nick with it, still waits for it. */
  away: z.boolean(),
});
export type ChatMember = z.output<typeof member>;

const counts = { room: z.string(), count: z.number(), awayCount: z.number() };
/** Of a large room nobody is named: `members` is empty, and `count` counts all. */
const here = z.object({ ...counts, members: z.array(member) });

const entry = z.object({
  room: z.string(),
  /** `say`: `who` said `text`. Otherwise something happened to `who`, and `text` says what. */
  kind: z.enum(["say", "nick"]),
  who: z.string(),
  text: z.string(),
});
export type ChatEntry = z.output<typeof entry>;

const pastEntry = z.object({ offset, at: z.number(), entry: z.extend(entry, { type: z.literal("entry") }) });
export type PastEntry = z.output<typeof pastEntry>;

const nicks = z.array(z.string());

const presence = z.object({
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
  from: z.string(),
  to: z.string(),
  text: z.string(),
  /** Milliseconds since 1970. */
  at: z.number(),
});
export type ChatDirect = z.output<typeof direct>;

/** What programs, the page among them, and the chat say to each other. */
export const messages = defineMessages({
  fromClient: {
    /** Says something in a room that one is in. */
    say: { request: z.object({ room, text }), reply: z.object({ room: z.string() }) },
    /** Enters a room; its entries come from then on, after the `last` so many of those before. */
    join: { request: z.object({ room, last: entries(0) }), reply: here },
    leave: { request: z.object({ room }), reply: z.object({ room: z.string() }) },
    nick: { request: z.object({ nick }), reply: z.object({ nick: z.string() }) },
    /** Who is in a room. */
    who: { request: z.object({ room }), reply: here },
    rooms: {
      request: z.object({}),
      reply: z.object({ rooms: z.array(z.object({ name: z.string(), count: z.number() })) }),
    },
    /** Says something to one person. */
    direct: {
      request: z.object({ to: nick, text }),
      /** `away`: they will read it when their line is back, if it comes back in time. */
      reply: z.object({ nick: z.string(), away: z.boolean(), text: z.string(), at: z.number() }),
    },
    /** A page of a room's entries, the newest or those before an offset; oldest first. `more`: there are older ones. */
    history: {
      request: z.object({ room, before: z.optional(offset), limit: entries(1) }),
      reply: z.object({ room: z.string(), entries: z.array(pastEntry), more: z.boolean() }),
    },
    /** The newest entries of a room with all these words, oldest first. */
    search: {
      request: z.object({ room, words: text, limit: entries(1) }),
      reply: z.object({ room: z.string(), words: z.string(), entries: z.array(pastEntry) }),
    },
  },
  fromServer: {
    /** The chat's first words to a program, and again when a server that was restarted does not know it any more. */
    welcome: z.object({ nick: z.string(), room: z.string() }),
    /** An entry of a room. When it was written is the entry's own `at`. */
    entry,
    /** Who came to a room, and went, whose line is gone, and is there again. For those who are in it; in no history. */
    presence,
    direct,
  },
});

/** What is asked of the chat, checked, with the defaults filled in; and what it answers. */
export type RequestData = DataFromClient<typeof messages>;
export type ReplyData = RepliesToClient<typeof messages>;
export type RequestType = keyof RequestData;
/** A reply, by the type of its request. */
export type ChatReply = { [Type in RequestType]: { readonly to: Type; readonly data: ReplyData[Type] } }[RequestType];

/** The chat as a program has it, and what it hears from it. */
export type ChatClient = ClientOf<typeof messages>;
export type ChatReceived = ReceivedByClient<typeof messages>;

/** Why something is not done, besides that it is `malformed`. */
export type RefusalReason = "malformed" | "nick-taken" | "not-here" | "no-such-nick" | "busy" | "too-many-rooms";

/** Nicks that differ in case alone, or in the form of the same letters, are the same nick. */
export function nickKey(nick: string): string {
  return nick.normalize("NFKC").toLowerCase();
}
