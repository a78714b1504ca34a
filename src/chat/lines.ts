import type { ChatDirect, ChatEntry, ChatMember, ChatReply } from "./messages.ts";

/** How the chat writes what happens, one line each, for those who read text. */

function clock(at: number): string {
  const time = new Date(at);
  return `[${String(time.getHours()).padStart(2, "0")}:${String(time.getMinutes()).padStart(2, "0")}]`;
}

export function entryLine(entry: ChatEntry, at: number): string {
  return `${clock(at)} ${entry.kind === "say" ? `${entry.who}:` : `* ${entry.who}`} ${entry.text}`;
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
      return `* you are in ${reply.room}: ${peopleLine(reply.members, reply.count)}`;
    case "leave":
      return `* you have left ${reply.room}`;
    case "nick":
      return `* you are ${reply.nick} now`;
    case "who":
      return `* in ${reply.room}: ${peopleLine(reply.members, reply.count)}`;
    case "rooms":
      return `* ${reply.rooms.map(({ name, count }) => `${name} (${count})`).join(", ") || "nobody is in any room"}`;
    case "direct":
      return `${clock(reply.at)} you to ${reply.nick}: ${reply.text}`;
  }
}

function peopleLine(members: readonly ChatMember[], count: number): string {
  const names = members.map(({ nick, away }) => (away ? `${nick} (away)` : nick));
  if (count > members.length) names.push(`${count - members.length} more`);
  return names.join(", ") || "nobody";
}
