import type { ChatDirect, ChatEntry, ChatPresence, PastEntry, ReplyData, RequestType } from "./messages.ts";
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

const REPLY_LINES: { readonly [Type in RequestType]: (reply: ReplyData[Type]) => readonly string[] } = {
  say: () => [],
  history: () => [],
  join: (here) => [`* you are in ${here.room}: ${peopleLine(here)}`],
  leave: ({ room }) => [`* you have left ${room}`],
  nick: ({ nick }) => [`* you are ${nick} now`],
  who: (here) => [`* in ${here.room}: ${peopleLine(here)}`],
  rooms: ({ rooms }) => [
    `* ${rooms.map(({ name, count }) => `${name} (${count})`).join(", ") || "nobody is in any room"}`,
  ],
  direct: ({ at, nick, away, text }) => [`${clock(at)} you to ${nick}${away ? " (away)" : ""}: ${text}`],
  search: ({ room, words, entries }) =>
    entries.length === 0
      ? [`* nothing in ${room} has these words: ${words}`]
      : [`* found in ${room}, the newest last:`, ...entries.map(foundLine)],
};

/** The lines that answer a request: one, but for what was found. None for what is said: its entry is the answer. */
export function replyLines<Type extends RequestType>(to: Type, reply: ReplyData[Type]): readonly string[] {
  return REPLY_LINES[to](reply);
}

/** What was found may be old. */
function foundLine({ entry, at }: PastEntry): string {
  const time = new Date(at);
  const [month, day] = [time.getMonth() + 1, time.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${time.getFullYear()}-${month}-${day} ${entryLine(entry, at)}`;
}

function peopleLine({ members, count, awayCount }: ReplyData["who"]): string {
  if (count > members.length) return `${count} people${awayCount > 0 ? `, ${awayCount} of them away` : ""}`;
  return members.map(({ nick, away }) => (away ? `${nick} (away)` : nick)).join(", ") || "nobody";
}
