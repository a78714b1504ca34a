import { greet, settle, type Tally } from "../src/load/closed-loop.ts";
import { costOf as costOfProcess } from "../src/load/cost.ts";
import { type LoadClient, openClients } from "../src/load/load-client.ts";
import { type Latencies, percentile } from "../src/load/open-loop.ts";
import type { Bench } from "./bench.ts";
import type { Candidate } from "./candidates.ts";
import { rotate } from "./figures.ts";
import { PeerProcess } from "./peer-process.ts";
import { MissingProgram, type Work } from "./programs.ts";
import type { Column, Row, Table } from "./table.ts";

/** A server that runs, and its clients. */
export interface Stage {
  readonly candidate: Candidate;
  readonly server: PeerProcess;
  readonly clients: readonly LoadClient[];
}

/** Figures by their column's key. */
export type Sample = { readonly [key: string]: number };

/** One thing to measure of every candidate: it becomes a table. */
export interface Measure {
  readonly title: string;
  readonly columns: readonly Column[];
  /** For about so long. */
  take(stage: Stage, sliceMs: number): Promise<Sample>;
}

export interface Contest {
  readonly work: Work;
  /** Connections to each server, which stay open. */
  readonly clients: number;
  readonly measures: readonly Measure[];
}

/**
 * Measures every candidate in turn, rotation after rotation, with all servers running: a slow minute of the machine is
 * slow for all of them. The first rotation lets compilers see everything once, and does not count.
 *
 * Who fails is left out from then on, and the table says why.
 */
export async function hold(bench: Bench, { work, clients, measures }: Contest): Promise<Table[]> {
  const { placement, rotations, sliceMs } = bench.options;
  const candidates = bench.options.candidates.filter(({ works }) => works.includes(work));
  const steps = candidates.length * (1 + measures.length * (1 + rotations));
  const leftOut: string[] = [];
  const stages: Stage[] = [];
  const attempt = async (candidate: Candidate, act: () => Promise<void>): Promise<boolean> => {
    try {
      await act();
      return true;
    } catch (error) {
      leftOut.push(whyNot(candidate, error as Error));
      return false;
    } finally {
      bench.step(steps);
    }
  };
  for (const candidate of candidates) {
    await attempt(candidate, async () => {
      const server = await PeerProcess.start(candidate.program, work, placement);
      const opened = await openClients(candidate.wire, server.target, clients);
      if (candidate.waitsForWords === true) await greet(opened);
      stages.push({ candidate, server, clients: opened });
    });
  }
  await Promise.all(stages.map((stage) => settle(stage.clients)));

  const failed = new Set<Stage>();
  const tables: Table[] = [];
  for (const { title, columns, take } of measures) {
    const samples = new Map(stages.map((stage) => [stage, [] as Sample[]]));
    for (let rotation = 0; rotation <= rotations; rotation += 1) {
      for (const stage of rotate(stages, rotation).filter((one) => !failed.has(one))) {
        const done = await attempt(stage.candidate, async () => {
          const sample = await take(stage, sliceMs);
          if (rotation > 0) samples.get(stage)?.push(sample);
        });
        if (!done) failed.add(stage);
      }
    }
    const rows = stages
      .filter((stage) => !failed.has(stage))
      .map((stage) => rowOf(stage.candidate, columns, samples.get(stage) ?? []));
    tables.push({ title, columns, rows, leftOut });
  }
  for (const { server, clients } of stages) {
    for (const client of clients) client.drop();
    await server.stop();
  }
  return tables;
}

/** Why a candidate does not take part, or not any more. */
export function whyNot({ name }: Candidate, error: Error): string {
  return error instanceof MissingProgram ? `${name} ${error.message}` : `${name} failed: ${error.message}`;
}

/** A candidate's samples as a row. */
export function rowOf(
  { name, kind }: Pick<Candidate, "name" | "kind">,
  columns: readonly Column[],
  taken: readonly Sample[],
): Row {
  const samples = columns.map(({ key }) => [key, taken.map((sample) => sample[key] ?? Number.NaN)] as const);
  return { name, kind, samples: Object.fromEntries(samples) };
}

/** The columns of `costOf`. `what` a server does: a message, a delivery. */
export function costColumns(what: string): Column[] {
  return [
    { key: "cpu", title: "server CPU", unit: `µs a ${what}`, digits: 2 },
    { key: "rate", title: "rate", unit: "a second", digits: 0 },
    { key: "server", title: "server busy", unit: "%", digits: 0 },
    { key: "load", title: "load busy", unit: "%", digits: 0 },
  ];
}

/** What a server spent on what was done, and how busy both sides were. */
export async function costOf({ server }: Stage, act: () => Promise<Tally>): Promise<Sample> {
  const { cpuMicros, perSecond, serverPercent, loadPercent } = await costOfProcess(server.pid, act);
  return { cpu: cpuMicros, rate: perSecond, server: serverPercent, load: loadPercent };
}

/** The columns of `latenciesOf`. */
export const LATENCY_COLUMNS: readonly Column[] = [
  { key: "p50", title: "p50", unit: "ms", digits: 2 },
  { key: "p99", title: "p99", unit: "ms", digits: 2 },
  { key: "p999", title: "p99.9", unit: "ms", digits: 2 },
  { key: "late", title: "load late", unit: "ms", digits: 2 },
];

export async function latenciesOf(act: () => Promise<Latencies>): Promise<Sample> {
  const latencies = await act();
  return {
    p50: percentile(latencies, 50),
    p99: percentile(latencies, 99),
    p999: percentile(latencies, 99.9),
    late: latencies.latestMs,
  };
}
