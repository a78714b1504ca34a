import type { Message } from "bowline/client";
import type { ChatReceived } from "../chat/messages.ts";
import type { Dialect, Talker } from "./dialect.ts";
import type { Wishes } from "./wishes.ts";

/** Programs: a line is a message in JSON, and each message a line of JSON that says where it came from. */
export class JsonDialect implements Dialect {
  readonly prompt = "";
  readonly #talker: Talker;
  readonly #wishes: Wishes;
  #lines = 0;

  constructor(talker: Talker, wishes: Wishes) {
    this.#talker = talker;
    this.#wishes = wishes;
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
    await this.#talker.send(line);
  }

  read({ type, message }: ChatReceived): string {
    if (type === "welcome") this.#enter();
    const { room, offset, at, gap } = message;
    const content = gap === undefined ? { data: dataOf(message) } : { gap };
    return escapeControls(JSON.stringify({ room, offset, at, ...content }));
  }

  #enter(): void {
    const { name, room } = this.#wishes;
    if (name !== undefined) void this.#talker.send({ type: "nick", nick: name });
    if (room !== undefined) void this.#talker.send({ type: "join", room });
  }

  isWorthRepeating(): boolean {
    return true;
  }

  wordsOf(text: string): string {
    return text;
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

/** The same JSON, without the characters that steer a terminal; JSON escapes the first 32 by itself. */
function escapeControls(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
