import { once } from "node:events";
import { connect as dial, type Socket } from "node:net";
import { serve } from "bowline";
import { type ClientSession, connect, type Message } from "bowline/client";
import type { DataFromServer } from "bowline/messages";
import { openChat } from "../src/chat/handler.ts";
import type { messages, ReplyData, RequestType } from "../src/chat/messages.ts";

const DEADLINE_MS = 30_000;

type ServerData = DataFromServer<typeof messages>;

/** What the chat sends, as it lies in the JSON: tests read it by hand, as any program may. */
export type ServerMessage =
  | { [Type in keyof ServerData]: { readonly type: Type } & ServerData[Type] }[keyof ServerData]
  | { [Type in RequestType]: { readonly type: "reply"; readonly to: Type } & ReplyData[Type] }[RequestType]
  | { readonly type: "error"; readonly to?: string; readonly reason: string; readonly message: string };

/** A chat on a port of its own, and people who talk in it. */
export class ChatKit implements AsyncDisposable {
  readonly port: number;
  readonly #close: () => Promise<void>;
  readonly #people: { end(): void }[] = [];

  private constructor(port: number, close: () => Promise<void>) {
    this.port = port;
    this.#close = close;
  }

  static async start(): Promise<ChatKit> {
    const { handler, onpresence } = openChat();
    const server = await serve({ port: 0, onpresence }, handler);
    return new ChatKit(server.address.port, () => server.close({ drainTimeoutMs: 0 }));
  }

  /** Somebody with `nc`, or with whatever else ends its lines like that. */
  terminal(ending: "\n" | "\r\n" | "" = "\n"): TerminalUser {
    const user = new TerminalUser(this.port, ending);
    this.#people.push(user);
    return user;
  }

  async program(url = `ws://127.0.0.1:${this.port}`): Promise<ProgramUser> {
    const user = new ProgramUser(await connect(url));
    this.#people.push(user);
    return user;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const user of this.#people) user.end();
    await this.#close();
  }
}

export class TerminalUser {
  readonly #socket: Socket;
  readonly #ending: string;
  #received = "";

  constructor(port: number, ending: string) {
    this.#ending = ending;
    this.#socket = dial({ port, host: "127.0.0.1", noDelay: true }).setEncoding("utf8");
    this.#socket.on("data", (text: string) => {
      this.#received += text;
    });
    this.#socket.on("error", () => {});
  }

  type(line: string): void {
    this.#socket.write(`${line}${this.#ending}`);
  }

  /** Waits until what has come matches, and gives it, up to the end of the match. */
  async expect(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.#received);
      if (match !== null) {
        const end = match.index + match[0].length;
        const text = this.#received.slice(0, end);
        this.#received = this.#received.slice(end);
        return text;
      }
      await once(this.#socket, "data", { signal: AbortSignal.timeout(DEADLINE_MS) }).catch(() => {
        throw new Error(`nothing came that matches ${pattern}, but ${JSON.stringify(this.#received)}`);
      });
    }
  }

  /** What has come and was not expected. */
  get rest(): string {
    return this.#received;
  }

  async ended(): Promise<void> {
    if (!this.#socket.readableEnded) {
      await once(this.#socket, "end", { signal: AbortSignal.timeout(DEADLINE_MS) });
    }
  }

  end(): void {
    this.#socket.destroy();
  }
}

export class ProgramUser {
  readonly session: ClientSession;

  constructor(session: ClientSession) {
    this.session = session;
  }

  async ask(request: object | string): Promise<ServerMessage> {
    const reply = await this.session.request(request);
    return reply.json() as ServerMessage;
  }

  /** The next message of this type; others before it are passed over. */
  async next<Type extends ServerMessage["type"]>(
    type: Type,
  ): Promise<Extract<ServerMessage, { readonly type: Type }> & { readonly message: Message }> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const message = await this.session.receive({ signal });
      if (message === undefined) throw new Error(`the session ended before a message of type ${type} came`);
      const received = message.json() as ServerMessage;
      if (received.type === type) return { ...(received as Extract<ServerMessage, { type: Type }>), message };
    }
  }

  end(): void {
    void this.session.close();
  }
}
