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
  return pin(`${last}`)
    ? `servers and load share processor ${last}`
    : "servers and load on any processor: without taskset figures vary more";
}

/** Where servers and load run. */
export interface Placement {
  /** For whoever reads the figures. */
  readonly description: string;
  /** The same command, run where servers are to run. */
  place(command: readonly string[]): readonly string[];
  /** Gives every processor to this process, when it is itself what is measured. */
  unpin(): void;
}

/**
 * Keeps the load, which is this process, on the first processor, and servers on the last one.
 *
 * Rates and latencies are then of a server that has a processor for itself, as it would have.
 */
export function separateProcessors(): Placement {
  const last = availableParallelism() - 1;
  if (last === 0 || !pin("0")) {
    return { description: "servers and load on any processor", place: (command) => command, unpin: () => {} };
  }
  return {
    description: `servers on processor ${last}, load on processor 0`,
    place: (command) => ["taskset", "--cpu-list", `${last}`, ...command],
    unpin: () => pin(`0-${last}`),
  };
}

/** Keeps this process to some processors. False where there is no `taskset`, as on other systems than Linux. */
function pin(processors: string): boolean {
  try {
    execFileSync("taskset", ["--all-tasks", "--pid", "--cpu-list", processors, `${process.pid}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
