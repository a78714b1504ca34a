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
  try {
    execFileSync("taskset", ["--all-tasks", "--pid", "--cpu-list", `${last}`, `${process.pid}`], { stdio: "ignore" });
    return `servers and load share processor ${last}`;
  } catch {
    return "servers and load on any processor: without taskset figures vary more";
  }
}
