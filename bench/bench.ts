import { Progress } from "../src/cli/progress.ts";
import type { Candidate } from "./candidates.ts";
import type { Placement } from "./processor.ts";
import type { Table } from "./table.ts";

/** Something to measure. Each is a file of `bench/workloads/`, and a line of its `index.ts`. */
export interface Workload {
  readonly name: string;
  readonly summary: string;
  run(bench: Bench): Promise<readonly Table[]>;
}

interface BenchOptions {
  readonly candidates: readonly Candidate[];
  readonly placement: Placement;
  /** How often each candidate is measured. */
  readonly rotations: number;
  /** How long one measurement takes. */
  readonly sliceMs: number;
  /** For memory: open connections. */
  readonly idleClients: number;
}

/** What every workload is given. */
export class Bench {
  readonly options: BenchOptions;
  #progress = new Progress("");
  #done = 0;

  constructor(options: BenchOptions) {
    this.options = options;
  }

  async run(workload: Workload): Promise<readonly Table[]> {
    this.#progress = new Progress(workload.name);
    this.#done = 0;
    try {
      return await workload.run(this);
    } finally {
      this.#progress.end();
    }
  }

  /** Another of so many steps of this workload is done. */
  step(of: number): void {
    this.#done += 1;
    this.#progress.show(Math.min(this.#done, of), of);
  }
}
