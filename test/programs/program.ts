import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";

/** Longer than anything here takes on a busy machine; what is not there by then is missing. */
const DEADLINE_MS = 30_000;

/** A program under test: what it wrote so far, and what it is waiting to be told. */
export class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #exit: Promise<unknown>;
  #stdout = "";
  #stderr = "";
  #read = 0;
  #closed = false;

  /** `environment` is added to what this process has. */
  constructor(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    this.#child = spawn(command, args, { stdio: "pipe", env: { ...process.env, ...environment } });
    this.#exit = once(this.#child, "close").then(() => {
      this.#closed = true;
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr += text;
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Everything it wrote to standard output. */
  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Waits until standard output matches, after what earlier calls matched; gives the groups of the match. */
  async expect(pattern: RegExp): Promise<readonly string[]> {
    const match = await this.#match(pattern, this.#child.stdout, () => this.#stdout.slice(this.#read));
    this.#read += match.index + match[0].length;
    return match.slice(1);
  }

  /** Waits until standard error matches, from its beginning. */
  async expectError(pattern: RegExp): Promise<void> {
    await this.#match(pattern, this.#child.stderr, () => this.#stderr);
  }

  /** Waits until it writes something more to standard output; rejects when it ends, or takes too long. */
  async output(): Promise<void> {
    if (this.#closed) throw new Error(`${this.#describe()} ended`);
    const signal = AbortSignal.timeout(DEADLINE_MS);
    await Promise.race([once(this.#child.stdout, "data", { signal }), this.#exit]);
  }

  async #match(pattern: RegExp, stream: Readable, written: () => string): Promise<RegExpExecArray> {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    for (;;) {
      const match = pattern.exec(written());
      if (match !== null) return match;
      if (this.#closed) throw new Error(`${this.#describe()} ended before it wrote ${pattern}`);
      await Promise.race([once(stream, "data", { signal }), this.#exit]).catch(() => {
        throw new Error(`${this.#describe()} did not write ${pattern}`);
      });
    }
  }

  write(text: string): void {
    this.#child.stdin.write(text);
  }

  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Closes its standard input and waits for its end; gives the exit code. */
  end(): Promise<number | null> {
    this.#child.stdin.end();
    return this.exited();
  }

  /** Waits for its end; gives the exit code, `null` when a signal ended it. */
  async exited(): Promise<number | null> {
    const deadline = setTimeout(() => this.#child.kill("SIGKILL"), DEADLINE_MS);
    await this.#exit;
    clearTimeout(deadline);
    return this.#child.exitCode;
  }

  /** Kills it, if it still runs. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  #describe(): string {
    return `${this.#child.spawnargs.join(" ")}\nwrote: ${this.#stdout}\nand to standard error: ${this.#stderr}\nIt`;
  }
}
