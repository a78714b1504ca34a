import type { Workload } from "../bench.ts";
import { connect } from "./connect.ts";
import { durable } from "./durable.ts";
import { fanout } from "./fanout.ts";
import { idle } from "./idle.ts";
import { pingpong } from "./pingpong.ts";
import { pipeline } from "./pipeline.ts";
import { slow } from "./slow.ts";

/** In the order in which they run, and stand in `docs/performance.md`. The last one runs on all processors. */
export const WORKLOADS: readonly Workload[] = [pingpong, pipeline, fanout, idle, connect, slow, durable];
