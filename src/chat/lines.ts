import type { ChatDirect, ChatEntry, ChatPresence, ReplyData, RequestType } from "./messages.ts";
import { presenceWords } from "./presence-words.ts";

/** How the chat writes what happens, one line each, for those who read text. */

function clock(at: number): string {
  const time = new Date(at);
  return `[${String(time.getHours()).padStart(2, "0")}:${String(time.getMinutes()).padStart(2, "0")}]`;
}

export function entryLine(entry: ChatEntry, at: number): string {
  return `${clock(at)} ${entry.kind === "say" ? `${entry.who}:` : `* ${entry.who}`} ${entry.text}`;
}

/** Who came and who went; empty when nobody did: that somebody is away for a moment is not worth a line. */
export function presenceLine(presence: Pick<ChatPresence, "joined" | "left">, at: number): string {
  const words = presenceWords(presence);
  return words === "" ? "" : `${clock(at)} * ${words}`;
}

export function directLine(direct: Pick<ChatDirect, "from" | "text" | "at">): string {
  return `${clock(direct.at)} ${direct.from} to you: ${direct.text}`;
}

/** What somebody who types reads first. */
export function welcomeLine(nick: string): string {
  return `* welcome, ${nick}; /help lists what you can do`;
}

const REPLY_LINES: { readonly [Type in RequestType]: (reply: ReplyData[Type]) => string | undefined } = {
  say: () => undefined,
  history: () => undefined,
  join: (here) => `* you are in ${here.room}: ${peopleLine(here)}`,
  leave: ({ room }) => `* you have left ${room}`,
  nick: ({ nick }) => `* you are ${nick} now`,
  who: (here) => `* in ${here.room}: ${peopleLine(here)}`,
  rooms: ({ rooms }) =>
    `* ${rooms.map(({ name, count }) => `${name} (${count})`).join(", ") || "nobody is in any room"}`,
  direct: ({ at, nick, text }) => `${clock(at)} you to ${nick}: ${text}`,
};

/** The line that answers a request; `undefined` for what is said in a room: its entry is the answer. */
export function replyLine<Type extends RequestType>(to: Type, reply: ReplyData[Type]): string | undefined {
  return REPLY_LINES[to](reply);
}

function peopleLine({ members, count, awayCount }: ReplyData["who"]): string {
  if (count > members.length) return `${count} people${awayCount > 0 ? `, ${awayCount} of them away` : ""}`;
  return members.map(({ nick, away }) => (away ? `${nick} (away)` : nick)).join(", ") || "nobody";
}
