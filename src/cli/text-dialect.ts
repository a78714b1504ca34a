import type { Message } from "bowline/client";
import { sanitizeForTerminal } from "../protocol/terminal-text.ts";
import type { Dialect, Talker } from "./dialect.ts";

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

  read(message: Message): string {
    if (message.gap === undefined && !message.isText) return `[${message.byteLength} bytes]`;
    return sanitizeForTerminal(message.text());
  }

  isWorthRepeating(): boolean {
    return true;
  }
}
