import { connectTo } from "../../src/client/connect.ts";
import { ConnectError } from "../../src/client/errors.ts";
import { SessionClosedError } from "../../src/runtime/errors.ts";
import type { Message } from "../../src/runtime/message.ts";
import type { ClientSession } from "../../src/runtime/public-sessions.ts";
import type { CloseInfo } from "../../src/session/close-info.ts";
import type { ClientLine } from "../../src/testing/client-line.ts";
import { nameOf, type Task, unload } from "./conversation.ts";
import { CopiedStore } from "./copied-store.ts";
import type { Stage } from "./stage.ts";

/** What the client's application was given in its conversation: a text, or a gap. */
export type Heard = { readonly text: string } | { readonly gapAfter: true };

/** What it was given of a room: an entry, or a gap. */
export type HeardEntry =
  | { readonly offset: number; readonly text: string }
  | { readonly gap: { readonly from: number; readonly to: number; readonly reason: string } };

/** A client that writes, reads at its own pace, and takes notes of everything it was promised. */
export class SimulatedClient {
  readonly name: string;
  readonly line: ClientLine;
  readonly store: CopiedStore | undefined;
  readonly heard: Heard[] = [];
  /** By the room's name. */
  readonly entries = new Map<string, HeardEntry[]>();
  readonly acknowledged: Task[] = [];
  /** Everything that `send` has accepted. */
  readonly sent: Task[] = [];
  /** What `request` resolved with, by the task's name; `undefined` while it is not settled. */
  readonly answers = new Map<string, string | undefined>();
  /** When it was last given anything. */
  heardAt = 0;
  session: ClientSession | undefined;
  info: CloseInfo | undefined;
  made = 0;
  total: number;
  /** It was copied, or is a copy: it may be told that another carries the session. */
  isCopied = false;
  readonly #stage: Stage;
  /** How slowly it reads. */
  readonly #thinkMs: number;

  constructor(stage: Stage, name: string, total: number, store?: CopiedStore) {
    this.#stage = stage;
    this.name = name;
    this.total = total;
    this.line = stage.server.line();
    const { world, server, random } = stage;
    this.#thinkMs = world.busyRooms && random.chance(0.4) ? 8 : 1.5;
    this.store = store ?? (world.clones ? new CopiedStore(server.clock, random) : undefined);
  }

  get isDone(): boolean {
    if (this.info !== undefined) return true;
    return this.session?.status === "open" && this.made === this.total && this.acknowledged.length === this.total;
  }

  async start(): Promise<void> {
    try {
      await this.#open();
    } catch (error) {
      if (!(error instanceof ConnectError) || error.info === undefined) throw error;
      this.info = error.info;
    }
  }

  async #open(): Promise<void> {
    const session = await connectTo(this.line, this.line.platform, {
      waitOnFirstConnect: true,
      backoff: { firstMs: 5, maxMs: 20 },
      limits: this.#stage.limits,
      store: this.store,
    });
    this.session = session;
    void session.closed.then((info) => {
      this.info = info;
    });
    session.onstatuschange = () => {
      const { isCalm, truth } = this.#stage;
      if (isCalm && session.status === "detached") truth.violations.add("a healthy connection was given up", this.name);
    };
    void this.#write(session);
    void this.#read(session);
  }

  /** Goes on in another place, with what this client had stored. */
  copy(): SimulatedClient {
    const { random } = this.#stage;
    this.isCopied = true;
    const copy = new SimulatedClient(this.#stage, `${this.name}'`, random.integer(2, 6), this.store?.copy());
    copy.isCopied = true;
    return copy;
  }

  async #write(session: ClientSession): Promise<void> {
    const { random, server, world } = this.#stage;
    while (this.made < this.total && this.info === undefined) {
      if (!world.pipelined || random.chance(0.2)) await server.clock.sleep(random.between(0, world.burst ? 0.5 : 8));
      this.made += 1;
      const task = this.#task();
      try {
        if (world.requests && random.chance(0.2)) this.#ask(session, task);
        else await session.send(task);
      } catch (error) {
        if (error instanceof SessionClosedError) return;
        throw error;
      }
      this.sent.push(task);
      session.flush().then(
        () => this.acknowledged.push(task),
        () => {},
      );
    }
    if (!world.hangUp) return;
    await server.clock.sleep(random.between(0, 20));
    await session.close(random.chance(0.2) ? { code: 3000, reason: "enough" } : {});
  }

  #ask(session: ClientSession, task: Task): void {
    const name = nameOf(task);
    this.answers.set(name, undefined);
    session.request(task).then(
      (answer) => this.answers.set(name, answer.text()),
      (error: Error) => this.answers.set(name, `error: ${error.name}`),
    );
  }

  async #read(session: ClientSession): Promise<void> {
    const { random, server } = this.#stage;
    try {
      for (;;) {
        const { isHealed } = this.#stage;
        const isLost = !isHealed && random.chance(0.03);
        await server.clock.sleep(isLost ? random.between(20, 80) : random.between(0, isHealed ? 0.5 : this.#thinkMs));
        const message = await session.receive();
        if (message === undefined) return;
        this.heardAt = server.now;
        await this.#hear(message);
      }
    } catch (error) {
      if (!(error instanceof SessionClosedError)) throw error;
    }
  }

  #task(): Task {
    const { random, world } = this.#stage;
    return {
      from: this.name,
      number: this.made,
      entries: random.integer(0, 2),
      replies: random.integer(0, world.burst ? 4 : 2),
      asks: world.requests === true && random.chance(0.2),
      isLast: world.bye === true && this.made === this.total,
      ballast: world.large && random.chance(0.1) ? "x".repeat(random.integer(200, 3_000)) : "",
    };
  }

  async #hear(message: Message): Promise<void> {
    if (message.room !== undefined) {
      this.#hearEntry(message.room, message);
      return;
    }
    if (message.gap !== undefined) {
      this.heard.push({ gapAfter: true });
      return;
    }
    const text = unload(message.text());
    this.heard.push({ text });
    if (message.wantsReply) await message.reply(`${text}!`);
  }

  #hearEntry(room: string, message: Message): void {
    const entries = this.entries.get(room) ?? [];
    this.entries.set(room, entries);
    const { gap, offset } = message;
    if (gap !== undefined) entries.push({ gap });
    else if (offset !== undefined) entries.push({ offset, text: unload(message.text()) });
  }
}
