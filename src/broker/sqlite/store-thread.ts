import { Worker } from "node:worker_threads";
import { BrokerError, type OpenedBroker } from "../broker.ts";
import { type OnAppended, PendingTurn, type Waiting, type WaitingAppend } from "./pending-turn.ts";
import type { Greeting, StoreMethods, StoreOptions, TurnOutcome } from "./requests.ts";

/** The thread that owns the file, as all others see it: one message a turn goes there, and one a transaction comes back. */
export class StoreThread {
  /** Resolves when it can be used; rejects with `BrokerError` when it never will. */
  readonly opened: Promise<OpenedBroker>;
  readonly #worker: Worker;
  readonly #wallNow: () => number;
  readonly #onAppended: OnAppended;
  readonly #sent: PendingTurn[] = [];
  #turn: PendingTurn | undefined;
  /** Why it cannot be asked any more. */
  #end: Error | undefined;

  constructor(options: StoreOptions, wallNow: () => number, onAppended: OnAppended) {
    this.#wallNow = wallNow;
    this.#onAppended = onAppended;
    // What Node warns of in its own SQLite was weighed when it was chosen; whoever runs a server need not do it again.
    const execArgv = ["--disable-warning=ExperimentalWarning"];
    this.#worker = new Worker(new URL("./thread.js", import.meta.url), { workerData: options, execArgv });
    this.opened = new Promise((resolve, reject) => {
      const fail = (error: Error): void => {
        this.#fail(error);
        reject(error);
      };
      this.#worker.once("message", (greeting: Greeting) => {
        if ("fault" in greeting) return fail(new BrokerError(greeting.fault));
        this.#worker.on("message", (outcomes: readonly TurnOutcome[]) => this.#settle(outcomes));
        resolve(greeting.value);
        this.#rest();
      });
      this.#worker.once("error", fail);
      this.#worker.once("exit", () => fail(new BrokerError("the broker is closed")));
    });
    // Everybody who asks for something is told.
    this.opened.catch(() => {});
  }

  append(append: WaitingAppend): void {
    if (this.#end !== undefined) append.reject(this.#end);
    else this.#next().append(append);
  }

  /** Asks for anything else. */
  ask<Method extends keyof StoreMethods>(
    method: Method,
    ...args: Parameters<StoreMethods[Method]>
  ): Promise<ReturnType<StoreMethods[Method]>> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) reject(this.#end);
      else this.#next().ask({ method, args }, { resolve, reject } as Waiting<unknown>);
    });
  }

  /** Says what time it is, so that what has expired goes. */
  tick(): void {
    if (this.#end === undefined) this.#next();
  }

  /** Finishes what was asked, and ends. */
  async close(): Promise<void> {
    if (this.#end === undefined) {
      this.#next();
      this.#send(true);
      this.#end = new BrokerError("the broker is closed");
    }
    if (this.#worker.threadId === -1) return;
    await new Promise((resolve) => this.#worker.once("exit", resolve));
  }

  /** What is asked in this turn of the event loop. */
  #next(): PendingTurn {
    if (this.#turn === undefined) {
      this.#turn = new PendingTurn(this.#wallNow());
      setImmediate(() => this.#send(false));
    }
    return this.#turn;
  }

  #send(isLast: boolean): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#turn = undefined;
    if (this.#sent.push(turn) === 1) this.#worker.ref();
    this.#worker.postMessage(turn.toTurn(isLast));
  }

  #settle(outcomes: readonly TurnOutcome[]): void {
    const turns = this.#sent.splice(0, outcomes.length);
    for (const [index, turn] of turns.entries()) turn.settleAppends(outcomes[index] as TurnOutcome, this.#onAppended);
    for (const [index, turn] of turns.entries()) turn.settleRequests(outcomes[index] as TurnOutcome);
    this.#rest();
  }

  /** A thread that has nothing to do keeps no process from ending. */
  #rest(): void {
    if (this.#sent.length === 0 && this.#end === undefined) this.#worker.unref();
  }

  #fail(error: Error): void {
    this.#end ??= error;
    if (this.#turn !== undefined) this.#sent.push(this.#turn);
    this.#turn = undefined;
    for (const turn of this.#sent.splice(0)) turn.fail(this.#end);
  }
}
