import { setTimeout as delay } from "node:timers/promises";
import { type ClientSession, type CloseInfo, type Message, SessionClosedError } from "bowline/client";
import type { ChatRequest } from "../chat/messages.ts";
import { ChatDialect, chatMessageIn, type Wishes } from "./chat-dialect.ts";
import { type Dialect, JsonDialect, TextDialect } from "./dialect.ts";
import { Failure } from "./failure.ts";
import type { Terminal } from "./terminal.ts";
import { describeEnd, describeReceived, type Trace } from "./trace.ts";

/** A chat says welcome before all else: a server that has said nothing for so long is none. */
const WELCOME_WITHIN_MS = 1_000;
/** Plain servers acknowledge nothing: what they answer to the last words is still shown when it comes this soon. */
const LAST_ANSWER_WITHIN_MS = 500;
/** How long a server that was told "bye" may take to say it too. */
const BYE_WITHIN_MS = 1_000;
const NORMAL = 1_000;

export interface ConversationWishes extends Wishes {
  /** Messages are lines of JSON. */
  readonly json: true | undefined;
}

/** One session at a terminal: what is typed goes, what arrives is shown, until either side ends it. */
export class Conversation {
  readonly #session: ClientSession;
  readonly #terminal: Terminal;
  readonly #wishes: ConversationWishes;
  readonly #trace: Trace;
  #dialect: Dialect;
  #answeredAt = 0;
  #isChat = false;
  #onFirstMessage: () => void = () => {};

  constructor(session: ClientSession, terminal: Terminal, wishes: ConversationWishes, trace: Trace) {
    this.#session = session;
    this.#trace = trace;
    this.#terminal = terminal;
    this.#wishes = wishes;
    this.#dialect = wishes.json ? new JsonDialect(session) : new TextDialect(session);
  }

  /** Resolves when it is over and ended normally; throws `Failure` otherwise. */
  async run(): Promise<void> {
    this.#session.onstatuschange = () => this.#onStatus();
    this.#onStatus();
    const typing = this.#type(this.#untilKnown());
    await this.#receive();
    this.#terminal.close();
    await typing;
    const info = await this.#session.closed;
    this.#trace(describeEnd(info));
    complain(info);
  }

  async #receive(): Promise<void> {
    try {
      for await (const message of this.#session) this.#show(message);
    } catch (error) {
      // How it ended is in the obituary.
      if (!(error instanceof SessionClosedError)) throw error;
    } finally {
      this.#onFirstMessage();
    }
  }

  #show(message: Message): void {
    this.#trace(describeReceived(message));
    this.#answeredAt = Date.now();
    if (chatMessageIn(message)?.type === "welcome") this.#onWelcome();
    const line = this.#dialect.read(message);
    if (line !== undefined) this.#terminal.print(line);
    this.#showPrompt();
    this.#onFirstMessage();
  }

  #onWelcome(): void {
    this.#isChat = true;
    if (!this.#wishes.json) {
      if (!(this.#dialect instanceof ChatDialect)) {
        this.#dialect = new ChatDialect(this.#session, this.#wishes, this.#terminal);
      }
      return;
    }
    const { name, room } = this.#wishes;
    if (name !== undefined) this.#ask({ type: "nick", nick: name });
    if (room !== undefined) this.#ask({ type: "join", room });
  }

  #ask(request: ChatRequest): void {
    void this.#session.send(request);
  }

  #onStatus(): void {
    const { id, origin, peer, status } = this.#session;
    this.#trace(`${status}: session ${id === "" ? "over plain lines" : id} (${origin}) on ${peer.address}`);
    this.#showPrompt();
  }

  #showPrompt(): void {
    const { prompt } = this.#dialect;
    this.#terminal.setPrompt(this.#session.status === "open" ? prompt : `reconnecting… ${prompt}`);
  }

  /** Resolves when it is clear whether the server is a chat. */
  async #untilKnown(): Promise<void> {
    const { name, room } = this.#wishes;
    if (this.#isPlain) {
      if (name !== undefined) await this.#session.send(`/nick ${name}`);
      if (room !== undefined) await this.#session.send(`/join ${room}`);
      return;
    }
    const firstMessage = new Promise<void>((resolve) => {
      this.#onFirstMessage = resolve;
    });
    await Promise.race([firstMessage, delay(WELCOME_WITHIN_MS, undefined, { ref: false })]);
    if (this.#isChat || (name ?? room) === undefined) return;
    console.error("bowline: this server is no chat, to which --name and --room would mean something");
  }

  get #isPlain(): boolean {
    return this.#session.peer.form === "lines";
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
    const session = this.#session;
    if (this.#terminal.isInteractive && session.status !== "open") {
      this.#terminal.print("* waiting for the line, to send what is left; Ctrl-C gives up");
    }
    if (isBye && !this.#isChat) await Promise.race([session.closed, delay(BYE_WITHIN_MS, undefined, { ref: false })]);
    if (!isBye && !this.#terminal.isInteractive) {
      await session.flush();
      if (this.#isPlain) await this.#untilQuiet();
    }
    await session.close();
  }

  async #untilQuiet(): Promise<void> {
    this.#answeredAt = Date.now();
    for (;;) {
      const waitMs = this.#answeredAt + LAST_ANSWER_WITHIN_MS - Date.now();
      if (waitMs <= 0 || this.#session.status === "closed") return;
      await Promise.race([this.#session.closed, delay(waitMs)]);
    }
  }
}

/** An ending that nobody asked for is a failure, and so is one that leaves something behind. */
function complain({ code, name, reason, undelivered, confirmed }: CloseInfo): void {
  for (const { data } of undelivered) {
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    console.error(`bowline: ${confirmed ? "not delivered" : "perhaps not delivered"}: ${text}`);
  }
  if (code !== NORMAL) throw new Failure(`the session ended: ${name} (${code})${reason === "" ? "" : `, ${reason}`}`);
  if (undelivered.length > 0) throw new Failure("the session ended before everything was delivered");
}
