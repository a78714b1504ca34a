import { connectTo } from "../../src/client/connect.ts";
import type { ClientSession } from "../../src/runtime/client-session.ts";
import { SessionClosedError } from "../../src/runtime/errors.ts";
import type { Message } from "../../src/runtime/message.ts";
import type { CloseInfo } from "../../src/session/close-info.ts";
import type { ClientLine } from "../../src/testing/client-line.ts";
import { nameOf, type Task } from "./conversation.ts";
import { CopiedStore } from "./copied-store.ts";
import type { Simulation } from "./simulation.ts";

/** What the client's application was given, in order: texts, and gaps. */
export type Heard = { readonly text: string } | { readonly gapAfter: true };

/** A client that writes, reads at its own pace, and takes notes of everything it was promised. */
export class SimulatedClient {
  readonly name: string;
  readonly line: ClientLine;
  readonly store: CopiedStore | undefined;
  readonly heard: Heard[] = [];
  readonly acknowledged: Task[] = [];
  /** Everything that `send` has accepted. */
  readonly sent: Task[] = [];
  /** What `request` resolved with, by the task's name; `undefined` while it is not settled. */
  readonly answers = new Map<string, string | undefined>();
  session: ClientSession | undefined;
  info: CloseInfo | undefined;
  made = 0;
  total: number;
  /** It was copied, or is a copy: it may be told that another carries the session. */
  isCopied = false;
  readonly #simulation: Simulation;

  constructor(simulation: Simulation, name: string, total: number, store?: CopiedStore) {
    this.#simulation = simulation;
    this.name = name;
    this.total = total;
    this.line = simulation.server.line();
    const { world, server, random } = simulation;
    this.store = store ?? (world.clones ? new CopiedStore(server.clock, random) : undefined);
  }

  get isDone(): boolean {
    return this.info !== undefined || (this.made === this.total && this.acknowledged.length === this.total);
  }

  async start(): Promise<void> {
    const { limits } = this.#simulation;
    const session = await connectTo(this.line, this.line.platform, {
      waitOnFirstConnect: true,
      backoff: { firstMs: 5, maxMs: 20 },
      limits,
      store: this.store,
    });
    this.session = session;
    session.closed.then((info) => {
      this.info = info;
    });
    void this.#write(session);
    void this.#read(session);
  }

  /** Goes on in another place, with what this client had stored. */
  copy(): SimulatedClient {
    const { random } = this.#simulation;
    this.isCopied = true;
    const copy = new SimulatedClient(this.#simulation, `${this.name}'`, random.integer(2, 6), this.store?.copy());
    copy.isCopied = true;
    return copy;
  }

  async #write(session: ClientSession): Promise<void> {
    const { random, server, world } = this.#simulation;
    while (this.made < this.total && this.info === undefined) {
      if (!world.pipelined || random.chance(0.2)) await server.clock.sleep(random.between(0, world.burst ? 0.5 : 8));
      this.made += 1;
      const task = this.#simulation.task(this.name, this.made, this.made === this.total);
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
    const { random, server } = this.#simulation;
    try {
      for (;;) {
        const isSlow = !this.#simulation.isHealed && random.chance(0.03);
        await server.clock.sleep(isSlow ? random.between(20, 80) : random.between(0, 1.5));
        const message = await session.receive();
        if (message === undefined) return;
        await this.#hear(message);
      }
    } catch (error) {
      if (!(error instanceof SessionClosedError)) throw error;
    }
  }

  async #hear(message: Message): Promise<void> {
    if (message.gap !== undefined) {
      this.heard.push({ gapAfter: true });
      return;
    }
    const text = message.text();
    this.heard.push({ text });
    if (message.wantsReply) await message.reply(`${text}!`);
  }
}
