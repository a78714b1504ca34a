import type { Chat } from "./chat.ts";
import type { ChatRefusal, ChatReply } from "./messages.ts";
import type { Person } from "./person.ts";
import { RefusedError, readRequest, typeOf } from "./requests.ts";

/** Answers an object that a program sent with one of the chat's own. */
export async function answerProgram(chat: Chat, person: Person, json: unknown): Promise<ChatReply | ChatRefusal> {
  try {
    return await chat.perform(person, readRequest(json));
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    const { reason, message } = error;
    const to = typeOf(json);
    return { type: "error", ...(typeof to === "string" ? { to } : {}), reason, message };
  }
}
