import { Progress } from "../src/cli/progress.ts";
import type { Candidate } from "./candidates.ts";
import { Processors } from "./processor.ts";
import type { Table } from "./table.ts";

/** Something to measure. Each is a file of `bench/workloads/`, and a line of its `index.ts`. */
export interface Workload {
  readonly name: string;
  readonly summary: string;
  run(bench: Bench): Promise<readonly Table[]>;
}

/** What every workload is given. */
export class Bench {
  /** Less of everything, to see whether it works. */
  readonly isQuick: boolean;
  readonly candidates: readonly Candidate[];
  readonly processors: Processors;
  /** How often each candidate is measured. */
  readonly rotations: number;
  /** How long one measurement takes. */
  readonly sliceMs: number;
  #progress = new Progress("");
  #done = 0;

  constructor(candidates: readonly Candidate[], isQuick: boolean) {
    this.candidates = candidates;
    this.isQuick = isQuick;
    this.processors = new Processors();
    this.rotations = isQuick ? 5 : 7;
    this.sliceMs = isQuick ? 200 : 700;
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
