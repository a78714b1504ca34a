import { exchange } from "../../src/load/closed-loop.ts";
import { exchangeAtRate } from "../../src/load/open-loop.ts";
import type { Workload } from "../bench.ts";
import { costColumns, costOf, hold, LATENCY_COLUMNS, latenciesOf } from "../contest.ts";

const CLIENTS = 100;
const PER_SECOND = 4_000;

export const pingpong: Workload = {
  name: "pingpong",
  summary: `${CLIENTS} connections, one message in flight on each`,
  run: (bench) =>
    hold(bench, {
      work: "echo",
      clients: CLIENTS,
      measures: [
        {
          title: `Ping-pong: ${CLIENTS} connections, one message of 64 bytes in flight on each`,
          columns: costColumns("message"),
          take: (stage, sliceMs) => costOf(stage, () => exchange(stage.clients, 1, sliceMs)),
        },
        {
          title: `Ping-pong: latency at ${PER_SECOND} messages a second over ${CLIENTS} connections`,
          columns: LATENCY_COLUMNS,
          take: (stage, sliceMs) => latenciesOf(() => exchangeAtRate(stage.clients, PER_SECOND, sliceMs)),
        },
      ],
    }),
};
