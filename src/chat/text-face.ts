import type { Chat } from "./chat.ts";
import { HELP, readTyped, type Typed } from "./commands.ts";
import { replyLine, welcomeLine } from "./lines.ts";
import { LOBBY } from "./messages.ts";
import type { Person } from "./person.ts";
import { RefusedError, readRequest } from "./requests.ts";

/** How much of what was said before is shown to somebody who comes in. */
const LINES_OF_HISTORY = 50;

/** What somebody who typed is told; one line wherever one will do. */
export interface TextAnswer {
  readonly lines: readonly string[];
  /** They are leaving. */
  readonly isBye: boolean;
}

/** Does what a line asks for, that somebody typed. */
export async function answerTyped(chat: Chat, person: Person, line: string): Promise<TextAnswer> {
  try {
    const typed = readTyped(line, person.isNew ? LOBBY : person.room);
    if (typed.type === "bye") return { lines: [`* bye, ${person.nick}`], isBye: true };
    const lines = person.isNew ? await comeIn(chat, person, typed) : [];
    if (lines.length === 0 || !saysWhoOrWhere(typed)) lines.push(...(await perform(chat, person, typed)));
    return { lines, isBye: false };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { lines: [`* ${error.message}`], isBye: false };
  }
}

/** The first line takes people into a room. It may say into which, or under what name: then that is answered here. */
async function comeIn(chat: Chat, person: Person, typed: Typed): Promise<string[]> {
  const { session } = person;
  // A client that ends no lines cannot tell them apart either: it gets one for its own, and nothing of the past.
  const isBare = session.peer.form === "lines" && session.lineEnding === "";
  if (typed.type === "nick") await chat.perform(person, readRequest(typed));
  const room = typed.type === "join" ? typed.room : LOBBY;
  const reply = await chat.perform(person, readRequest({ type: "join", room, last: isBare ? 0 : LINES_OF_HISTORY }));
  const where = replyLine(reply) ?? "";
  if (isBare) return saysWhoOrWhere(typed) ? [where] : [];
  return [welcomeLine(person.nick), where];
}

function saysWhoOrWhere({ type }: Typed): boolean {
  return type === "nick" || type === "join";
}

async function perform(chat: Chat, person: Person, typed: Typed): Promise<string[]> {
  if (typed.type === "blank") return [];
  if (typed.type === "help") return [HELP];
  const { nick, room } = person;
  const reply = await chat.perform(person, readRequest(typed));
  // One reads one room at a time: lines do not say which they belong to.
  if (reply.to === "join" && room !== undefined && room !== reply.room) {
    await chat.perform(person, { type: "leave", room });
  }
  // A room is told of new names, and whoever has one is in the room.
  const isToldByRoom = reply.to === "nick" && room !== undefined && nick !== person.nick;
  const line = isToldByRoom ? undefined : replyLine(reply);
  return line === undefined ? [] : [line];
}
