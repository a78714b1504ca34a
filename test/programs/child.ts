import { type ChildProcess, type ForkOptions, fork } from "node:child_process";
import { once } from "node:events";
import type { Call, Functions, Outcome } from "./offer.ts";

/** Longer than anything here takes on a busy machine; what has not come by then does not come. */
const DEADLINE_MS = 30_000;

export interface ChildOptions {
  readonly args?: readonly string[];
  /** How many files the process may have open. */
  readonly openFiles?: number;
  /** Without them it starts a seventh faster, and its stacks show what was compiled. Default true. */
  readonly sourceMaps?: boolean;
}

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A module of the tests in a process of its own: what it offers (see `offer`) can be called from here.
 *
 * It may be stopped, and killed, as any process may. It ends with this object, and with this process.
 */
export class Child<Offered extends Functions> implements AsyncDisposable {
  /** Resolves when it has ended, however that came about. */
  readonly exited: Promise<Exit>;
  readonly #process: ChildProcess;
  readonly #calls = new Map<number, Pending>();
  readonly #killIt = (): void => void this.#process.kill("SIGKILL");
  #made = 0;
  #output = "";

  private constructor(process: ChildProcess) {
    this.#process = process;
    this.exited = once(process, "exit").then(([code, signal]) => {
      globalThis.process.off("exit", this.#killIt);
      for (const { reject } of this.#calls.values()) reject(new Error(this.#describe("ended")));
      return { code, signal };
    });
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
    process.on("message", (outcome: Outcome) => this.#onOutcome(outcome));
    globalThis.process.on("exit", this.#killIt);
  }

  /** Starts a compiled module; resolves when it offers something. */
  static async start<Offered extends Functions>(
    module: string,
    { args = [], openFiles, sourceMaps = true }: ChildOptions = {},
  ): Promise<Child<Offered>> {
    const node = ["--expose-gc", ...(sourceMaps ? ["--enable-source-maps"] : [])];
    const limited = ["-c", `ulimit -n ${openFiles}; exec "$0" "$@"`, process.execPath, ...node];
    const how = openFiles === undefined ? { execArgv: node } : { execPath: "/bin/sh", execArgv: limited };
    const options: ForkOptions = { stdio: ["ignore", "pipe", "pipe", "ipc"], serialization: "advanced", ...how };
    const child = new Child<Offered>(fork(module, args, options));
    await child.#answerTo(0);
    return child;
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** What it wrote, to standard output and to standard error. */
  get output(): string {
    return this.#output;
  }

  /** Calls what it offers under this name. Rejects with what that throws, and when the process ends before. */
  call<Name extends keyof Offered & string>(
    name: Name,
    ...args: Parameters<Offered[Name]>
  ): Promise<Awaited<ReturnType<Offered[Name]>>> {
    this.#made += 1;
    const id = this.#made;
    this.#process.send({ id, name, args } satisfies Call);
    return this.#answerTo(id, name) as Promise<Awaited<ReturnType<Offered[Name]>>>;
  }

  #answerTo(id: number, name = "start"): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(id);
        reject(new Error(this.#describe(`did not answer ${name} within ${DEADLINE_MS} ms`)));
      }, DEADLINE_MS);
      const settle = (): void => {
        clearTimeout(timer);
        this.#calls.delete(id);
      };
      this.#calls.set(id, {
        resolve: (value) => {
          settle();
          resolve(value);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
    });
  }

  #onOutcome(outcome: Outcome): void {
    const pending = this.#calls.get(outcome.id);
    if ("error" in outcome) pending?.reject(outcome.error);
    else pending?.resolve(outcome.value);
  }

  /** `SIGSTOP` freezes it, `SIGCONT` thaws it, `SIGKILL` is its end. */
  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }

  #describe(what: string): string {
    return `${this.#process.spawnargs.join(" ")}\n${what}, and had written: ${this.#output}`;
  }
}
