import {
  type ClientSession,
  type CloseInfo,
  connect,
  type Message,
  type Sendable,
  SessionClosedError,
} from "bowline/client";
import type { Talker } from "./dialect.ts";
import { describeEnd, type Trace } from "./trace.ts";

/**
 * The line to a server: a session, and, if wanted, another one when the server does not know it any more, as after a
 * restart. Somebody at a terminal goes on then; a program has to hear that its words may be lost.
 */
export class Line implements Talker {
  session: ClientSession;
  readonly #url: string;
  readonly #renews: boolean;
  readonly #trace: Trace;
  readonly #ending = new AbortController();
  #opening: Promise<ClientSession> | undefined;

  constructor(url: string, session: ClientSession, renews: boolean, trace: Trace) {
    this.#url = url;
    this.session = session;
    this.#renews = renews;
    this.#trace = trace;
  }

  get isPlain(): boolean {
    return this.session.peer.form === "lines";
  }

  /** Hands over what arrives, until the last session has ended; gives its obituary. */
  async run(listener: {
    onMessage(message: Message): Promise<void>;
    onStatus(): void;
    /** There is another session. What the one before had not delivered has not been sent again. */
    onRenewed(before: CloseInfo): void;
  }): Promise<CloseInfo> {
    for (;;) {
      const { session } = this;
      session.onstatuschange = () => listener.onStatus();
      listener.onStatus();
      await readAll(session, (message) => listener.onMessage(message));
      // Of a plain server that is done, one side is still open: ours.
      const info = await session.close();
      this.#trace(describeEnd(info));
      if (!this.#renews || info.name !== "session-expired" || !(await this.#renew(info))) return info;
      listener.onRenewed(info);
    }
  }

  async #renew({ cursors }: CloseInfo): Promise<boolean> {
    const { signal } = this.#ending;
    try {
      this.#opening = connect(this.#url, { waitOnFirstConnect: true, cursors, signal });
      this.session = await this.#opening;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      throw error;
    } finally {
      this.#opening = undefined;
    }
  }

  /** Sends in the session that there is, or will be. */
  async send(data: Sendable): Promise<void> {
    const session = (await this.#opening) ?? this.session;
    await session.send(data);
  }

  /** Ends the line, when what was sent has arrived. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.session.close();
  }
}

async function readAll(session: ClientSession, onMessage: (message: Message) => Promise<void>): Promise<void> {
  try {
    for await (const message of session) await onMessage(message);
  } catch (error) {
    // How it ended is in the obituary.
    if (!(error instanceof SessionClosedError)) throw error;
  }
}
