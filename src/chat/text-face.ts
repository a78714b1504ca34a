import { MessageError } from "bowline/messages";
import type { Deeds } from "./chat.ts";
import { HELP, readTyped, type Typed } from "./commands.ts";
import { replyLines, welcomeLine } from "./lines.ts";
import { LOBBY, messages, type RequestData, type RequestType } from "./messages.ts";
import type { Person } from "./person.ts";

/** How much of what was said before is shown to somebody who comes in. */
const LINES_OF_HISTORY = 50;

/** Tells whoever typed something, in one line. */
type Tell = (line: string) => Promise<void>;

/** Does what a line asks for, that somebody typed, and tells them; in one line wherever one will do. False: they leave. */
export async function answerTyped(person: Person, deeds: Deeds, line: string, tell: Tell): Promise<boolean> {
  try {
    const typed = readTyped(line, person.isNew ? LOBBY : person.room);
    if (typed.type === "bye") {
      await tell(`* bye, ${person.nick}`);
      return false;
    }
    const isAnswered = person.isNew && (await comeIn(person, deeds, typed, tell));
    if (!isAnswered) await perform(person, deeds, typed, tell);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    await tell(`* ${error.message}`);
  }
  return true;
}

/** The first line takes people into a room. It may say into which, or under what name: then that is answered here. */
async function comeIn(person: Person, deeds: Deeds, typed: Typed, tell: Tell): Promise<boolean> {
  const { session } = person;
  // A client that ends no lines cannot tell them apart either: it gets one for its own, and nothing of the past.
  const isBare = session.peer.form === "lines" && session.lineEnding === "";
  const saysWhoOrWhere = typed.type === "nick" || typed.type === "join";
  if (typed.type === "nick") await answer(deeds, await check(typed));
  const room = typed.type === "join" ? typed.room : LOBBY;
  const where = await answer(deeds, await check({ type: "join", room, last: isBare ? 0 : LINES_OF_HISTORY }));
  if (!isBare) await tell(welcomeLine(person.nick));
  if (!isBare || saysWhoOrWhere) for (const line of where) await tell(line);
  return saysWhoOrWhere;
}

async function perform(person: Person, deeds: Deeds, typed: Typed, tell: Tell): Promise<void> {
  if (typed.type === "blank") return;
  if (typed.type === "help") return tell(HELP);
  const { nick, room } = person;
  const request = await check(typed);
  const lines = await answer(deeds, request);
  // One reads one room at a time: lines do not say which they belong to.
  const isInAnother = request.type === "join" && room !== undefined && room !== request.data.room;
  if (isInAnother) await deeds.leave({ room });
  // A room is told of new names, and whoever has one is in the room.
  const isToldByRoom = request.type === "nick" && room !== undefined && nick !== person.nick;
  if (!isToldByRoom) for (const line of lines) await tell(line);
}

/** What was typed has to be what a program may send. */
async function check(typed: Typed) {
  const request = await messages.fromClient.read(typed);
  if (request.type === "malformed") throw request.error;
  return request;
}

/** Does it; gives the lines that answer it. */
async function answer<Type extends RequestType>(
  deeds: Deeds,
  { type, data }: { readonly type: Type; readonly data: RequestData[Type] },
): Promise<readonly string[]> {
  return replyLines(type, await deeds[type](data));
}
