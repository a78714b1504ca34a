import { type ChatClient, type ChatReceived, messages } from "bowline/chat/messages";
import {
  type ClientSession,
  type CloseInfo,
  ConnectError,
  connect,
  indexedDb,
  SessionClosedError,
  type SessionStatus,
} from "bowline/client";
import { MessageError } from "bowline/messages";

/** Endings that another session would not mend. */
const FINAL = new Set(["forbidden", "kicked", "replaced", "unauthenticated"]);
/** The next session is not opened at once, nor by all pages at the same time. */
const NEXT_SESSION_AFTER_MS = 500;
const SPREAD_NEXT_SESSION_MS = 1_500;

interface LinkListener {
  /** A session from before the page was reloaded goes on: the chat does not say welcome again. */
  onResumed(): void;
  onReceived(received: ChatReceived): void;
  onStatus(): void;
}

/** The page's line to the chat: one session, and another should it end; what was not delivered goes with the next. */
export class Link {
  status: "connecting" | "open" | "detached" | "ended" = "connecting";
  /** Why there is no further session. */
  ending = "";
  /** The session that there is; answers to what is only sent in it come as messages. */
  chat: ChatClient | undefined;
  readonly #listener: LinkListener;
  #undelivered: string[] = [];
  /** Resolves when the chat knows who we are and which rooms we are in. */
  #ready = new Deferred();

  constructor(listener: LinkListener) {
    this.#listener = listener;
  }

  /**
   * Asks when the chat knows us. Resolves with the answer, or the refusal; with `undefined` when there is none in time. What
   * was asked may still happen then.
   */
  async ask<Reply>(request: (chat: ChatClient) => Promise<Reply>): Promise<Reply | MessageError | undefined> {
    await this.#ready.promise;
    try {
      return this.chat && (await request(this.chat));
    } catch (error) {
      return error instanceof MessageError ? error : undefined;
    }
  }

  /** The chat knows us: what waited may go. */
  ready(): void {
    for (const text of this.#undelivered.splice(0)) void this.chat?.session.send(text);
    this.#ready.resolve();
  }

  async run(): Promise<void> {
    for (;;) {
      const info = await this.#runSession();
      // Who we are and where is told anew in the next session; what was said is said there.
      this.#undelivered.push(...(info?.undelivered ?? []).map(({ data }) => textOf(data)).filter(isSaid));
      if (info !== undefined && FINAL.has(info.name)) return this.#end(info);
      const waitMs = NEXT_SESSION_AFTER_MS + Math.random() * SPREAD_NEXT_SESSION_MS;
      await new Promise((resolve) => setTimeout(resolve, Math.max(waitMs, info?.retryAfterMs ?? 0)));
    }
  }

  /** Runs one session to its end; gives its obituary, unless none ever began. */
  async #runSession(): Promise<CloseInfo | undefined> {
    try {
      const session = await connect("/", { waitOnFirstConnect: true, store: indexedDb("chat") });
      await this.#converse(session);
      return await session.closed;
    } catch (error) {
      if (!(error instanceof ConnectError)) throw error;
      return error.info;
    }
  }

  async #converse(session: ClientSession): Promise<void> {
    const chat = messages.client(session);
    this.chat = chat;
    session.onstatuschange = () => this.#show(session.status);
    this.#show(session.status);
    if (session.origin === "resumed") this.#listener.onResumed();
    try {
      for await (const received of chat) this.#listener.onReceived(received);
    } catch (error) {
      if (!(error instanceof SessionClosedError)) throw error;
    } finally {
      this.chat = undefined;
      if (this.#ready.isResolved) this.#ready = new Deferred();
    }
  }

  #show(status: SessionStatus): void {
    this.status = status === "closed" ? "connecting" : status;
    this.#listener.onStatus();
  }

  #end(info: CloseInfo): void {
    this.status = "ended";
    this.ending = info.name === "replaced" ? "The chat is open in another window." : info.reason || info.name;
    this.#listener.onStatus();
  }
}

class Deferred {
  isResolved = false;
  readonly promise: Promise<void>;
  #settle = (): void => {};

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  resolve(): void {
    this.isResolved = true;
    this.#settle();
  }
}

function textOf(data: string | Uint8Array): string {
  return typeof data === "string" ? data : new TextDecoder().decode(data);
}

function isSaid(text: string): boolean {
  const { type } = JSON.parse(text) as { type?: unknown };
  return type === "say" || type === "direct";
}
