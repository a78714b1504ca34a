import type { Chat } from "./chat.ts";
import { HELP, readTyped, type Typed } from "./commands.ts";
import { replyLine, welcomeLine } from "./lines.ts";
import { LOBBY } from "./messages.ts";
import type { Person } from "./person.ts";
import { RefusedError, readRequest } from "./requests.ts";

/** How much of what was said before is shown to somebody who comes in. */
const LINES_OF_HISTORY = 50;

/** Answers a line that somebody typed, with one line wherever one will do. `bye` means that they leave. */
export async function answerTyped(chat: Chat, person: Person, line: string): Promise<"bye" | undefined> {
  const { session } = person;
  try {
    const typed = readTyped(line, person.isNew ? LOBBY : person.room);
    if (typed.type === "bye") {
      await session.send(`* bye, ${person.nick}`);
      return "bye";
    }
    if (person.isNew && (await comeIn(chat, person, typed))) return undefined;
    if (typed.type === "help") await session.send(HELP);
    else if (typed.type !== "blank") await perform(chat, person, typed);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    await session.send(`* ${error.message}`);
  }
  return undefined;
}

/** The first line takes people into a room. It may say which, or under what name: that is then done with. */
async function comeIn(chat: Chat, person: Person, typed: Typed): Promise<boolean> {
  const { session } = person;
  if (typed.type === "nick") await chat.perform(person, readRequest(typed));
  const room = typed.type === "join" ? typed.room : LOBBY;
  const isDone = typed.type === "join" || typed.type === "nick";
  // A client that ends no lines cannot tell them apart: it gets the answer to its own, and nothing before that.
  const isTold = isDone || session.peer.form !== "lines" || session.lineEnding !== "";
  const reply = await chat.perform(person, readRequest({ type: "join", room, last: isTold ? LINES_OF_HISTORY : 0 }));
  if (isTold) await session.send(welcomeLine(person.nick));
  const answer = replyLine(reply);
  if (isTold && answer !== undefined) await session.send(answer);
  return isDone;
}

async function perform(chat: Chat, person: Person, typed: Typed): Promise<void> {
  const { nick, room } = person;
  const reply = await chat.perform(person, readRequest(typed));
  // One reads one room at a time: lines do not say which they belong to.
  if (reply.to === "join" && room !== undefined && room !== reply.room) {
    await chat.perform(person, readRequest({ type: "leave", room }));
  }
  // The room is told of a new name, and whoever has it is in the room.
  const isToldByRoom = reply.to === "nick" && room !== undefined && nick !== person.nick;
  const answer = isToldByRoom ? undefined : replyLine(reply);
  if (answer !== undefined) await person.session.send(answer);
}
