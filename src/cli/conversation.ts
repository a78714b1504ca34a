import { setTimeout as delay } from "node:timers/promises";
import { type CloseInfo, type Message, SessionClosedError } from "bowline/client";
import { messages } from "../chat/messages.ts";
import { ChatDialect } from "./chat-dialect.ts";
import type { Dialect } from "./dialect.ts";
import { JsonDialect } from "./json-dialect.ts";
import type { Line } from "./line.ts";
import { complain, textOf } from "./obituary.ts";
import type { Terminal } from "./terminal.ts";
import { TextDialect } from "./text-dialect.ts";
import { describeReceived, describeStatus, type Trace } from "./trace.ts";
import type { Wishes } from "./wishes.ts";

/** A chat says welcome before all else: a server that has said nothing for so long is none. */
const WELCOME_WITHIN_MS = 1_000;
/** Plain servers acknowledge nothing: what they answer to the last words is still shown when it comes this soon. */
const LAST_ANSWER_WITHIN_MS = 500;
/** How long a server that was told "bye" may take to say it too. */
const BYE_WITHIN_MS = 1_000;

/** Talks to a server at a terminal: what is typed goes, what arrives is shown, until either side ends it. */
export class Conversation {
  readonly #line: Line;
  readonly #terminal: Terminal;
  readonly #wishes: Wishes;
  readonly #trace: Trace;
  #dialect: Dialect;
  /** What an earlier session had not delivered. */
  #leftOver: readonly string[] = [];
  #isChat = false;
  #heardAt = 0;
  #onFirstMessage: () => void = () => {};

  constructor(line: Line, terminal: Terminal, wishes: Wishes & { readonly json: true | undefined }, trace: Trace) {
    this.#line = line;
    this.#terminal = terminal;
    this.#wishes = wishes;
    this.#trace = trace;
    this.#dialect = wishes.json ? new JsonDialect(line, wishes) : new TextDialect(line);
  }

  /** Resolves when it is over and ended normally; throws `Failure` otherwise. */
  async run(): Promise<void> {
    const typing = this.#type(this.#untilKnown());
    const info = await this.#line.run(this);
    this.#onFirstMessage();
    this.#terminal.close();
    await typing;
    complain(info, (text) => this.#dialect.wordsOf(text));
  }

  // What the line tells.

  async onMessage(message: Message): Promise<void> {
    this.#trace(describeReceived(message));
    this.#heardAt = Date.now();
    // Nobody is told what is malformed: this server need not be a chat.
    const received = await messages.client(this.#line.session).read(message);
    if (received.type === "welcome") this.#onWelcome();
    const line = this.#dialect.read(received);
    if (line !== undefined) this.#terminal.print(line);
    this.#sayAgain();
    this.#showPrompt();
    this.#onFirstMessage();
  }

  #onWelcome(): void {
    this.#isChat = true;
    if (this.#dialect instanceof TextDialect) {
      this.#dialect = new ChatDialect(this.#line, this.#wishes, this.#terminal);
    }
  }

  onStatus(): void {
    this.#trace(describeStatus(this.#line.session));
    this.#showPrompt();
  }

  onRenewed(before: CloseInfo): void {
    this.#leftOver = before.undelivered.map(textOf).filter((text) => this.#dialect.isWorthRepeating(text));
    const again = this.#leftOver.length > 0 ? ", and what it may not have got is sent again" : "";
    this.#terminal.print(`* the server does not know you any more, as after a restart: you begin anew${again}`);
    // The chat has to learn first who this is, and where.
    if (!this.#isChat) this.#sayAgain();
  }

  #sayAgain(): void {
    for (const text of this.#leftOver) void this.#line.send(text);
    this.#leftOver = [];
  }

  #showPrompt(): void {
    const { prompt } = this.#dialect;
    this.#terminal.setPrompt(this.#line.session.status === "open" ? prompt : `reconnecting… ${prompt}`);
  }

  // What is typed.

  /** Resolves when it is clear whether the server is a chat. */
  async #untilKnown(): Promise<void> {
    const { name, room } = this.#wishes;
    if (this.#line.isPlain) {
      if (name !== undefined) await this.#line.send(`/nick ${name}`);
      if (room !== undefined) await this.#line.send(`/join ${room}`);
      return;
    }
    const firstMessage = new Promise<void>((resolve) => {
      this.#onFirstMessage = resolve;
    });
    await Promise.race([firstMessage, delay(WELCOME_WITHIN_MS, undefined, { ref: false })]);
    if (this.#isChat || (name ?? room) === undefined) return;
    console.error("bowline: this server is no chat, to which --name and --room would mean something");
  }

  async #type(known: Promise<void>): Promise<void> {
    try {
      let isBye = false;
      for await (const line of this.#terminal.lines) {
        await known;
        this.#trace(`-> ${line.length} characters`);
        isBye = (await this.#dialect.write(line)) === "bye";
        if (isBye) break;
      }
      await this.#end(isBye);
    } catch (error) {
      if (!(error instanceof SessionClosedError)) throw error;
    }
  }

  /** Nothing more is typed: what was, arrives, and what answers it is shown. */
  async #end(isBye: boolean): Promise<void> {
    const { session, isPlain } = this.#line;
    if (this.#terminal.isInteractive && session.status === "detached") {
      this.#terminal.print("* waiting for the line, to send what is left; Ctrl-C gives up");
    }
    if (isBye && !this.#isChat) await Promise.race([session.closed, delay(BYE_WITHIN_MS, undefined, { ref: false })]);
    if (!isBye && !this.#terminal.isInteractive) {
      await session.flush();
      if (isPlain) await this.#untilQuiet();
    }
    await this.#line.close();
  }

  async #untilQuiet(): Promise<void> {
    const { closed } = this.#line.session;
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    this.#heardAt = Date.now();
    for (let waitMs = LAST_ANSWER_WITHIN_MS; waitMs > 0 && !isClosed; ) {
      await Promise.race([closed, delay(waitMs)]);
      waitMs = this.#heardAt + LAST_ANSWER_WITHIN_MS - Date.now();
    }
  }
}
