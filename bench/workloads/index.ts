import type { Workload } from "../bench.ts";
import { connect } from "./connect.ts";
import { fanout } from "./fanout.ts";
import { idle } from "./idle.ts";
import { pingpong } from "./pingpong.ts";
import { pipeline } from "./pipeline.ts";

/** In the order in which they run, and stand in `docs/performance.md`. */
export const WORKLOADS: readonly Workload[] = [pingpong, pipeline, fanout, idle, connect];
