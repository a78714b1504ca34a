import type { Handler, Message, OnPresence } from "bowline";
import { Chat } from "./chat.ts";
import { LOBBY } from "./messages.ts";
import type { Person } from "./person.ts";
import { answerProgram } from "./program-face.ts";
import { answerTyped } from "./text-face.ts";

/**
 * A chat of its own: a handler for `serve`, and its option `onpresence`.
 *
 * Programs send JSON objects and get objects; people type text and commands and get lines. The two differ in how they
 * read and write, not in what they can do.
 */
export function openChat(): { readonly handler: Handler; readonly onpresence: OnPresence } {
  const chat = new Chat();
  const handler: Handler = async (session) => {
    const person = chat.arrive(session);
    try {
      // Never to plain lines: what comes before their first line would be taken for the answer to it.
      if (person.speaks === "json") await session.send({ type: "welcome", nick: person.nick, room: LOBBY });
      for await (const message of session) {
        const goesOn = await answer(chat, person, message);
        person.keep();
        if (!goesOn) break;
      }
    } finally {
      await chat.depart(person);
    }
  };
  return { handler, onpresence: chat.onpresence };
}

/** Answers a message; false when it was the last. */
async function answer(chat: Chat, person: Person, message: Message): Promise<boolean> {
  const text = message.isText ? message.text() : "";
  const json = person.session.peer.form === "lines" ? undefined : objectIn(text);
  // A brace that a person typed is no broken program.
  const isProgram = json !== undefined || (person.speaks === "json" && (text.startsWith("{") || !message.isText));
  person.speaks = isProgram ? "json" : "text";
  if (isProgram) {
    await message.reply(await answerProgram(chat, person, json));
    return true;
  }
  const { lines, isBye } = await answerTyped(chat, person, text);
  if (message.wantsReply) await message.reply(lines.join("\n"));
  else for (const line of lines) await person.session.send(line);
  return !isBye;
}

function objectIn(text: string): object | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as object;
  } catch {
    return undefined;
  }
}
