import { comeAndGo } from "../../src/load/storm.ts";
import type { Workload } from "../bench.ts";
import { costColumns, costOf, hold } from "../contest.ts";

const AT_ONCE = 32;

export const connect: Workload = {
  name: "connect",
  summary: `connect, one message and its answer, leave: ${AT_ONCE} at once`,
  run: (bench) =>
    hold(bench, {
      work: "echo",
      clients: 0,
      measures: [
        {
          title: `Connect, say a message of 64 bytes, hear it and leave: ${AT_ONCE} at once`,
          columns: costColumns("visit"),
          take: (stage, sliceMs) =>
            costOf(stage, () => comeAndGo(stage.candidate.wire, stage.server.target, AT_ONCE, sliceMs)),
        },
      ],
    }),
};
