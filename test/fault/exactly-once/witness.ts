import { type ClientSession, connect, type Message } from "bowline/client";
import type { Heard } from "./testimony.ts";

/** Messages on their way at once, at most; and how many of them wait for each acknowledgement. */
const AHEAD = 12;
const FLUSHED = 4;

interface Missing {
  readonly room: string | undefined;
  readonly text: string;
}

/** A client that says numbers until it is told to finish, and writes down what it hears. */
export class Witness {
  readonly client: number;
  /** By room. */
  readonly heard = new Map<string, Heard[]>();
  /** What it heard in the conversation. */
  readonly conversation: string[] = [];
  readonly gaps: Missing[] = [];
  acknowledged = 0;
  readonly #url: string;
  readonly #signal: AbortSignal;
  #isFinishing = false;
  #session: ClientSession | undefined;
  #hearing: Promise<void> | undefined;
  #onHeard: () => void = () => {};
  #onAcknowledged: () => void = () => {};

  constructor(client: number, url: string, signal: AbortSignal) {
    this.client = client;
    this.#url = url;
    this.#signal = signal;
  }

  async start(): Promise<void> {
    const backoff = { firstMs: 20, maxMs: 50 };
    this.#session = await connect(this.#url, { credential: `${this.client}`, backoff, signal: this.#signal });
  }

  /** Resolves when it was told to finish, and everything that it said is acknowledged. */
  async talk(): Promise<void> {
    const session = this.#session as ClientSession;
    this.#hearing = this.#hear(session);
    // Whoever sends hears of it, too.
    this.#hearing.catch(() => {});
    const flushes: Promise<void>[] = [];
    let n = 0;
    while (!this.#isFinishing) {
      n += 1;
      await session.send(`${n}`);
      if (n % FLUSHED !== 0) continue;
      flushes.push(this.#flush(session, n));
      if (flushes.length > AHEAD / FLUSHED) await flushes.shift();
    }
    await Promise.all([...flushes, this.#flush(session, n)]);
  }

  async #flush(session: ClientSession, n: number): Promise<void> {
    await session.flush();
    this.acknowledged = n;
    this.#onAcknowledged();
  }

  finish(): void {
    this.#isFinishing = true;
  }

  /** Waits until something more is acknowledged. */
  untilAcknowledged(): Promise<void> {
    return new Promise((resolve) => {
      this.#onAcknowledged = resolve;
    });
  }

  async #hear(session: ClientSession): Promise<void> {
    for await (const message of session) {
      this.#note(message);
      if (message.wantsReply) await message.reply(message.text());
      this.#onHeard();
    }
  }

  #note(message: Message): void {
    const { room, offset = 0, gap } = message;
    const text = message.text();
    if (gap !== undefined) {
      this.gaps.push({ room, text });
    } else if (room === undefined) {
      this.conversation.push(text);
    } else {
      const heard = this.heard.get(room) ?? [];
      this.heard.set(room, heard);
      heard.push({ offset, text });
    }
  }

  /** Waits until it has heard these logs to their ends. */
  async untilHeard(logs: ReadonlyMap<string, readonly Heard[]>): Promise<void> {
    const isThere = (): boolean =>
      [...logs].every(([room, log]) => (this.heard.get(room)?.at(-1)?.offset ?? 0) >= (log.at(-1)?.offset ?? 0));
    while (!isThere()) {
      await new Promise<void>((resolve) => {
        this.#onHeard = resolve;
      });
    }
  }

  async stop(): Promise<void> {
    await this.#session?.close();
    await this.#hearing;
  }
}
