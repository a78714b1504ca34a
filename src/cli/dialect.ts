import type { ClientSession, Message } from "bowline/client";
import { sanitizeForTerminal } from "../protocol/terminal-text.ts";

/** How `connect` talks to a server: what a typed line sends, and what a message shows. */
export interface Dialect {
  /** What stands before that which is being typed. */
  readonly prompt: string;
  /** Does what the line asks for. `bye` means that this was the end. */
  write(line: string): Promise<"bye" | undefined>;
  /** The line that shows a message, if anything is to be shown. */
  read(message: Message): string | undefined;
}

/** Any server: lines are messages, and messages lines. */
export class TextDialect implements Dialect {
  readonly prompt = "> ";
  readonly #session: ClientSession;

  constructor(session: ClientSession) {
    this.#session = session;
  }

  async write(line: string): Promise<"bye" | undefined> {
    await this.#session.send(line);
    return line.trim().toLowerCase() === "bye" ? "bye" : undefined;
  }

  read(message: Message): string {
    if (message.gap === undefined && !message.isText) return `[${message.byteLength} bytes]`;
    return sanitizeForTerminal(message.text());
  }
}

/** Programs: a line is a message in JSON, and each message a line of JSON that says where it came from. */
export class JsonDialect implements Dialect {
  readonly prompt = "";
  readonly #session: ClientSession;
  #lines = 0;

  constructor(session: ClientSession) {
    this.#session = session;
  }

  async write(line: string): Promise<undefined> {
    this.#lines += 1;
    if (line.trim() === "") return;
    try {
      JSON.parse(line);
    } catch (error) {
      console.error(`bowline: line ${this.#lines} is not sent, since it is no JSON: ${(error as Error).message}`);
      return;
    }
    await this.#session.send(line);
  }

  read(message: Message): string {
    const { room, offset, at, gap } = message;
    const content = gap === undefined ? { data: dataOf(message) } : { gap };
    return forTerminal(JSON.stringify({ room, offset, at, ...content }));
  }
}

/** JSON as it is, other text as text, bytes in base64. */
function dataOf(message: Message): unknown {
  if (!message.isText) return { base64: Buffer.from(message.bytes()).toString("base64") };
  try {
    return message.json();
  } catch {
    return message.text();
  }
}

/** The same JSON, without characters that would steer a terminal. JSON escapes the others by itself. */
function forTerminal(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
