import type { Sendable } from "bowline/client";
import type { ChatReceived } from "../chat/messages.ts";

/** How `connect` talks to a server: what a typed line sends, and what a message shows. */
export interface Dialect {
  /** What stands before that which is being typed. */
  readonly prompt: string;
  /** Does what the line asks for. `bye` means that this was the end. */
  write(line: string): Promise<"bye" | undefined>;
  /** The line that shows a message, if anything is to be shown. What is none of the chat's is malformed. */
  read(received: ChatReceived): string | undefined;
  /** Whether what one session did not deliver still means something in the next one. */
  isWorthRepeating(text: string): boolean;
  /** What was typed, of a message that was not delivered. */
  wordsOf(text: string): string;
}

/** What a dialect sends through. */
export interface Talker {
  send(data: Sendable): Promise<void>;
}
