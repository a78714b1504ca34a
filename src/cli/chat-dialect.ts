import { HELP, readTyped } from "../chat/commands.ts";
import { directLine, entryLine, presenceLine, replyLines } from "../chat/lines.ts";
import { type ChatReceived, type ChatReply, messages } from "../chat/messages.ts";
import { RefusedError } from "../chat/refused-error.ts";
import { sanitizeForTerminal } from "../protocol/terminal-text.ts";
import type { Dialect, Talker } from "./dialect.ts";
import { gapSentence } from "./gap-sentence.ts";
import type { Wishes } from "./wishes.ts";

const ENTRIES_OF_HISTORY = 50;

/** A server of the chat: its commands, and its lines. Beneath, it is talked to as programs do. */
export class ChatDialect implements Dialect {
  readonly #talker: Talker;
  readonly #wishes: Wishes;
  readonly #print: (line: string) => void;
  /** What was typed and stands on the screen already, until the room has it. */
  readonly #typed: string[] | undefined;
  #nick = "";
  #room: string | undefined;

  constructor(
    talker: Talker,
    wishes: Wishes,
    terminal: { readonly isInteractive: boolean; print(line: string): void },
  ) {
    this.#talker = talker;
    this.#wishes = wishes;
    this.#print = (line) => terminal.print(line);
    this.#typed = terminal.isInteractive ? [] : undefined;
  }

  get prompt(): string {
    return `${this.#nick}> `;
  }

  async write(line: string): Promise<"bye" | undefined> {
    try {
      const typed = readTyped(line, this.#room);
      if (typed.type === "bye") return "bye";
      if (typed.type === "help") this.#print(HELP);
      else if (typed.type !== "blank") await this.#talker.send(typed);
      if (typed.type === "say") this.#typed?.push(String(typed.text));
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#print(`* ${error.message}`);
    }
    return undefined;
  }

  read(received: ChatReceived): string | undefined {
    const line = this.#lineOf(received);
    return line === undefined ? undefined : sanitizeForTerminal(line);
  }

  #lineOf(received: ChatReceived): string | undefined {
    switch (received.type) {
      case "welcome":
        this.#enter(received.data.nick, received.data.room);
        return undefined;
      case "entry": {
        const { data, message } = received;
        const isShown = data.kind === "say" && this.#isOnScreen(data.who, data.text);
        return isShown ? undefined : entryLine(data, message.at ?? Date.now());
      }
      case "presence":
        return presenceLine(received.data, received.message.at ?? Date.now()) || undefined;
      case "direct":
        return directLine(received.data);
      case "error":
        return `* ${received.error.message}`;
      case "reply":
        return this.#take(received);
      case "gap":
        return gapSentence(received.gap, received.message.room);
      case "malformed":
        return received.message.text();
    }
  }

  /** At the beginning, and when a server that was restarted does not know who this is. */
  #enter(nick: string, lobby: string): void {
    if (this.#nick === "") this.#print("* this is a chat; /help lists what you can do");
    const name = this.#nick || this.#wishes.name;
    const room = this.#room ?? this.#wishes.room ?? lobby;
    this.#nick = nick;
    if (name !== undefined) this.#ask(messages.fromClient.write("nick", { nick: name }));
    this.#ask(messages.fromClient.write("join", { room, last: ENTRIES_OF_HISTORY }));
    this.#room = room;
  }

  #take({ to, data }: ChatReply): string | undefined {
    if (to === "nick") {
      // The prompt shows it, and the room tells it.
      this.#nick = data.nick;
      return undefined;
    }
    if (to === "join") {
      // One reads one room at a time: lines do not say which they belong to.
      if (this.#room !== undefined && this.#room !== data.room)
        this.#ask(messages.fromClient.write("leave", { room: this.#room }));
      this.#room = data.room;
    }
    if (to === "leave") {
      if (data.room !== this.#room) return undefined;
      this.#room = undefined;
    }
    const lines = replyLines(to, data);
    for (const line of lines.slice(0, -1)) this.#print(sanitizeForTerminal(line));
    return lines.at(-1);
  }

  /** Words are; who this is, and where, is told anew. */
  isWorthRepeating(text: string): boolean {
    const { type } = JSON.parse(text) as { readonly type?: unknown };
    return type === "say" || type === "direct";
  }

  wordsOf(text: string): string {
    const request = JSON.parse(text) as { readonly text?: unknown };
    return typeof request.text === "string" ? request.text : text;
  }

  #isOnScreen(who: string, text: string): boolean {
    const index = who === this.#nick ? (this.#typed?.indexOf(text) ?? -1) : -1;
    if (index !== -1) this.#typed?.splice(0, index + 1);
    return index !== -1;
  }

  #ask(request: { readonly type: string }): void {
    void this.#talker.send(request);
  }
}
