import type { ChatReceived } from "../chat/messages.ts";
import type { Dialect, Talker } from "./dialect.ts";
import { gapSentence } from "./gap-sentence.ts";
import { printable } from "./printable.ts";

/** Any server: lines are messages, and messages lines. */
export class TextDialect implements Dialect {
  readonly prompt = "> ";
  readonly #talker: Talker;

  constructor(talker: Talker) {
    this.#talker = talker;
  }

  async write(line: string): Promise<"bye" | undefined> {
    await this.#talker.send(line);
    return line.trim().toLowerCase() === "bye" ? "bye" : undefined;
  }

  read({ message }: ChatReceived): string {
    if (message.gap !== undefined) return gapSentence(message.gap, message.room);
    return message.isText ? printable(message.text()) : `[${message.byteLength} bytes]`;
  }

  isWorthRepeating(): boolean {
    return true;
  }

  wordsOf(text: string): string {
    return text;
  }
}
