import type { Handler, Message, OnPresence } from "bowline";
import { Chat, type Deeds } from "./chat.ts";
import { LOBBY } from "./messages.ts";
import type { Person } from "./person.ts";
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
    const deeds = chat.deedsOf(person);
    try {
      // Never to plain lines: what comes before their first line would be taken for the answer to it.
      if (person.speaks === "json") await person.typed.send("welcome", { nick: person.nick, room: LOBBY });
      for await (const message of session) {
        const goesOn = await answer(person, deeds, message);
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
async function answer(person: Person, deeds: Deeds, message: Message): Promise<boolean> {
  const text = message.isText ? message.text() : "";
  const isProgram =
    person.speaks === "json"
      ? // A brace that a person typed is no broken program; one that a program sent is.
        text.startsWith("{") || !message.isText
      : person.session.peer.form !== "lines" && saysObject(text);
  person.speaks = isProgram ? "json" : "text";
  if (isProgram) {
    await person.typed.answer(message, deeds);
    return true;
  }
  if (!message.wantsReply) return answerTyped(person, deeds, text, (line) => person.session.send(line));
  const lines: string[] = [];
  const goesOn = await answerTyped(person, deeds, text, async (line) => void lines.push(line));
  await message.reply(lines.join("\n"));
  return goesOn;
}

function saysObject(text: string): boolean {
  if (!text.startsWith("{")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
