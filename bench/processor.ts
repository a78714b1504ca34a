import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

/**
 * Keeps this process, and those that it starts, on one processor, where the system lets it.
 *
 * The load and the server then take turns. On two processors a server also pays for waking the load from its sleep, and
 * a slower server finds it asleep more often: what is compared would depend on which side is the faster one.
 */
export function shareOneProcessor(): string {
  const last = availableParallelism() - 1;
  return pin(process.pid, last)
    ? `servers and load share processor ${last}`
    : "servers and load on any processor: without taskset figures vary more";
}

/**
 * Keeps the load, which is this process, off the last processor, where servers are to run.
 *
 * Rates and latencies are of a server that has a processor for itself, as it would have.
 */
export class Processors {
  readonly description: string;
  readonly #server: number | undefined;

  constructor() {
    const count = availableParallelism();
    this.#server = count > 1 && pin(process.pid, 0) ? count - 1 : undefined;
    this.description =
      this.#server === undefined
        ? "servers and load on any processor"
        : `servers on processor ${this.#server}, load on processor 0`;
  }

  /** The same command, on the servers' processor. */
  place(command: readonly string[]): readonly string[] {
    return this.#server === undefined ? command : ["taskset", "--cpu-list", `${this.#server}`, ...command];
  }
}

/** False where there is no `taskset`, as on other systems than Linux. */
function pin(pid: number, processor: number): boolean {
  try {
    execFileSync("taskset", ["--all-tasks", "--pid", "--cpu-list", `${processor}`, `${pid}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
