import { MessageError } from "bowline/messages";
import type { Deeds } from "./chat.ts";
import { HELP, readTyped, type Typed } from "./commands.ts";
import { replyLine, welcomeLine } from "./lines.ts";
import { LOBBY, messages, type RequestData, type RequestType } from "./messages.ts";
import type { Person } from "./person.ts";

/** How much of what was said before is shown to somebody who comes in. */
const LINES_OF_HISTORY = 50;

/** What somebody who typed is told; one line wherever one will do. */
export interface TextAnswer {
  readonly lines: readonly string[];
  /** They are leaving. */
  readonly isBye: boolean;
}

/** Does what a line asks for, that somebody typed. */
export async function answerTyped(person: Person, deeds: Deeds, line: string): Promise<TextAnswer> {
  try {
    const typed = readTyped(line, person.isNew ? LOBBY : person.room);
    if (typed.type === "bye") return { lines: [`* bye, ${person.nick}`], isBye: true };
    const lines = person.isNew ? await comeIn(person, deeds, typed) : [];
    if (lines.length === 0 || !saysWhoOrWhere(typed)) lines.push(...(await perform(person, deeds, typed)));
    return { lines, isBye: false };
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    return { lines: [`* ${error.message}`], isBye: false };
  }
}

/** The first line takes people into a room. It may say into which, or under what name: then that is answered here. */
async function comeIn(person: Person, deeds: Deeds, typed: Typed): Promise<string[]> {
  const { session } = person;
  // A client that ends no lines cannot tell them apart either: it gets one for its own, and nothing of the past.
  const isBare = session.peer.form === "lines" && session.lineEnding === "";
  if (typed.type === "nick") await answer(deeds, await check(typed));
  const room = typed.type === "join" ? typed.room : LOBBY;
  const join = await check({ type: "join", room, last: isBare ? 0 : LINES_OF_HISTORY });
  const where = (await answer(deeds, join)) ?? "";
  if (isBare) return saysWhoOrWhere(typed) ? [where] : [];
  return [welcomeLine(person.nick), where];
}

function saysWhoOrWhere({ type }: Typed): boolean {
  return type === "nick" || type === "join";
}

async function perform(person: Person, deeds: Deeds, typed: Typed): Promise<string[]> {
  if (typed.type === "blank") return [];
  if (typed.type === "help") return [HELP];
  const { nick, room } = person;
  const request = await check(typed);
  const line = await answer(deeds, request);
  // One reads one room at a time: lines do not say which they belong to.
  const isInAnother = request.type === "join" && room !== undefined && room !== request.data.room;
  if (isInAnother) await deeds.leave({ room });
  // A room is told of new names, and whoever has one is in the room.
  const isToldByRoom = request.type === "nick" && room !== undefined && nick !== person.nick;
  return line === undefined || isToldByRoom ? [] : [line];
}

/** What was typed has to be what a program may send. */
async function check(typed: Typed) {
  const request = await messages.fromClient.read(typed);
  if (request.type === "malformed") throw request.error;
  return request;
}

/** Does it; gives the line that answers it. */
async function answer<Type extends RequestType>(
  deeds: Deeds,
  { type, data }: { readonly type: Type; readonly data: RequestData[Type] },
): Promise<string | undefined> {
  return replyLine(type, await deeds[type](data));
}
