import type { ChatDirect, ChatEntry, ChatPresence, ChatReply } from "./messages.ts";
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

/** The line that answers a request; `undefined` for what is said in a room: its entry is the answer. */
export function replyLine(reply: ChatReply): string | undefined {
  switch (reply.to) {
    case "say":
    case "history":
      return undefined;
    case "join":
      return `* you are in ${reply.room}: ${peopleLine(reply)}`;
    case "leave":
      return `* you have left ${reply.room}`;
    case "nick":
      return `* you are ${reply.nick} now`;
    case "who":
      return `* in ${reply.room}: ${peopleLine(reply)}`;
    case "rooms":
      return `* ${reply.rooms.map(({ name, count }) => `${name} (${count})`).join(", ") || "nobody is in any room"}`;
    case "direct":
      return `${clock(reply.at)} you to ${reply.nick}: ${reply.text}`;
  }
}

function peopleLine({ members, count, awayCount }: Pick<ChatReply<"who">, "members" | "count" | "awayCount">): string {
  if (count > members.length) return `${count} people${awayCount > 0 ? `, ${awayCount} of them away` : ""}`;
  return members.map(({ nick, away }) => (away ? `${nick} (away)` : nick)).join(", ") || "nobody";
}
