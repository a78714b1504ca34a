import { exchange } from "../../src/load/closed-loop.ts";
import type { Workload } from "../bench.ts";
import { costColumns, costOf, hold } from "../contest.ts";

const CLIENTS = 50;
const IN_FLIGHT = 64;

export const pipeline: Workload = {
  name: "pipeline",
  summary: `${CLIENTS} connections, ${IN_FLIGHT} messages in flight on each`,
  run: (bench) =>
    hold(bench, {
      work: "echo",
      clients: CLIENTS,
      measures: [
        {
          title: `Pipeline: ${CLIENTS} connections, ${IN_FLIGHT} messages of 64 bytes in flight on each`,
          columns: costColumns("message"),
          take: (stage, sliceMs) => costOf(stage, () => exchange(stage.clients, IN_FLIGHT, sliceMs)),
        },
      ],
    }),
};
