import { greet } from "../../src/load/closed-loop.ts";
import { openClients } from "../../src/load/load-client.ts";
import type { Bench, Workload } from "../bench.ts";
import type { Candidate } from "../candidates.ts";
import { rowOf, type Sample, whyNot } from "../contest.ts";
import { rotate } from "../figures.ts";
import { PeerProcess } from "../peer-process.ts";
import type { Column, Table } from "../table.ts";

const ROTATIONS = 5;

const COLUMNS: readonly Column[] = [{ key: "bytes", title: "resident memory", unit: "bytes a connection", digits: 0 }];

export const idle: Workload = {
  name: "idle",
  summary: "memory of an open connection that has exchanged one message",
  async run(bench) {
    const { candidates: all, idleClients: clients } = bench.options;
    const candidates = all.filter(({ works }) => works.includes("echo"));
    const taken = new Map(candidates.map((candidate) => [candidate, [] as Sample[]]));
    const leftOut: string[] = [];
    for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
      for (const candidate of rotate([...taken.keys()], rotation)) {
        try {
          taken.get(candidate)?.push({ bytes: await measure(bench, candidate, clients) });
        } catch (error) {
          leftOut.push(whyNot(candidate, error as Error));
          taken.delete(candidate);
        }
        bench.step(candidates.length * ROTATIONS);
      }
    }
    const rows = Array.from(taken, ([candidate, samples]) => rowOf(candidate, COLUMNS, samples));
    const title = `Idle: ${clients} open connections that have exchanged one message each`;
    return [{ title, columns: COLUMNS, rows, leftOut } satisfies Table];
  },
};

/** Of the second half: what the first ones cost (code, tables, pools, a heap that grows) is not theirs. */
async function measure(bench: Bench, { program, wire }: Candidate, clients: number): Promise<number> {
  const half = clients / 2;
  const server = await PeerProcess.start(program, "echo", bench.options.placement);
  try {
    const first = await openClients(wire, server.target, half);
    await greet(first);
    const before = await server.residentBytes();
    const second = await openClients(wire, server.target, half);
    await greet(second);
    const after = await server.residentBytes();
    for (const client of [...first, ...second]) client.drop();
    return (after - before) / half;
  } finally {
    await server.stop();
  }
}
