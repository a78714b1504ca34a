import type { Message } from "bowline/client";
import { readServerMessage, type ServerMessage } from "../chat/messages.ts";

/** Who to be in a chat and where to go, as far as the command line says. */
export interface Wishes {
  readonly name: string | undefined;
  readonly room: string | undefined;
}

/** What a message says, if it is one of the chat's. */
export function chatMessageIn(message: Message): ServerMessage | undefined {
  if (!message.isText || message.gap !== undefined) return undefined;
  try {
    return readServerMessage(message.json());
  } catch {
    return undefined;
  }
}
