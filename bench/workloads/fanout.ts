import { broadcast } from "../../src/load/closed-loop.ts";
import { broadcastAtRate } from "../../src/load/open-loop.ts";
import type { Workload } from "../bench.ts";
import { costColumns, costOf, hold, LATENCY_COLUMNS, latenciesOf } from "../contest.ts";

const MEMBERS = 500;
const BURST = 64;
const PER_SECOND = 20;

export const fanout: Workload = {
  name: "fanout",
  summary: `one room of ${MEMBERS}: a message at a time, and ${BURST} at once`,
  run: (bench) =>
    hold(bench, {
      work: "room",
      clients: MEMBERS,
      measures: [
        {
          title: `Fan-out to ${MEMBERS} members: a message of 64 bytes at a time`,
          columns: costColumns("delivery"),
          take: (stage, sliceMs) => costOf(stage, () => broadcast(stage.clients, 1, sliceMs)),
        },
        {
          title: `Fan-out to ${MEMBERS} members: bursts of ${BURST} messages of 64 bytes`,
          columns: costColumns("delivery"),
          take: (stage, sliceMs) => costOf(stage, () => broadcast(stage.clients, BURST, sliceMs)),
        },
        {
          title: `Fan-out to ${MEMBERS} members: latency at ${PER_SECOND} messages a second`,
          columns: LATENCY_COLUMNS,
          take: (stage, sliceMs) => latenciesOf(() => broadcastAtRate(stage.clients, PER_SECOND, sliceMs)),
        },
      ],
    }),
};
