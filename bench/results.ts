import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem, type } from "node:os";
import { join } from "node:path";
import type { Bench, Workload } from "./bench.ts";
import type { Candidate } from "./candidates.ts";
import { chart } from "./chart.ts";
import type { Table } from "./table.ts";

/** What `bench/results/WORKLOAD.json` holds: all that was measured in one run of a workload, and where. */
export interface Result {
  readonly workload: string;
  readonly command: string;
  readonly date: string;
  readonly machine: string;
  readonly node: string;
  readonly placement: string;
  /** Processes that wanted a processor, on average, in the last five minutes: more than two is not the bench alone. */
  readonly loadAverage: number;
  readonly rotations: number;
  readonly sliceMs: number;
  readonly versions: { readonly [candidate: string]: string };
  readonly tables: readonly Table[];
}

const GIB = 2 ** 30;
/** More than the machine repeats. */
const SIGNIFICANT_DIGITS = 4;
const ROOT = join(import.meta.dirname, "..", "..");
/** What is kept; a quick run's figures are not worth it. */
export const RESULTS = join(ROOT, "bench", "results");
const QUICK_RESULTS = join(ROOT, "dist", "bench", "results");

/** Writes a workload's figures as JSON, and a chart of each of its tables. Gives the folder. */
export function keep(bench: Bench, isQuick: boolean, { name }: Workload, tables: readonly Table[]): string {
  const { candidates, placement, rotations, sliceMs } = bench.options;
  const folder = isQuick ? QUICK_RESULTS : RESULTS;
  mkdirSync(folder, { recursive: true });
  const shown = new Set(tables.flatMap(({ rows }) => rows.map((row) => row.name)));
  const result: Result = {
    workload: name,
    command: `npm run bench -- ${name}${isQuick ? " --quick" : ""}`,
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    node: process.version,
    placement: placement.description,
    loadAverage: loadavg()[1] ?? Number.NaN,
    rotations,
    sliceMs,
    versions: versionsOf(candidates, shown),
    tables,
  };
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result, rounded, 1)}\n`);
  for (const [index, table] of tables.entries()) {
    if (table.rows.length > 0) writeFileSync(join(folder, chartName(name, index)), chart(table));
  }
  return folder;
}

export function chartName(workload: string, table: number): string {
  return `${workload}-${table + 1}.svg`;
}

/** What is kept of these workloads, in this order. */
export function readResults(workloads: readonly Workload[]): Result[] {
  const there = new Set(readdirSync(RESULTS));
  return workloads
    .map(({ name }) => `${name}.json`)
    .filter((file) => there.has(file))
    .map((file) => JSON.parse(readFileSync(join(RESULTS, file), "utf8")) as Result);
}

function describeMachine(): string {
  const processors = cpus();
  const model = processors[0]?.model ?? "unknown processor";
  return `${model}, ${processors.length} processors, ${Math.round(totalmem() / GIB)} GiB, ${type()} ${release()}`;
}

function versionsOf(candidates: readonly Candidate[], shown: ReadonlySet<string>): Record<string, string> {
  const versions: Record<string, string> = {};
  for (const { name, program } of candidates) if (shown.has(name)) versions[name] = program.version();
  return versions;
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" ? Number(value.toPrecision(SIGNIFICANT_DIGITS)) : value;
}
