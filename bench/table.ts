import type { Candidate } from "./candidates.ts";

/** One of the figures that a table has of each candidate. The first one is what candidates are compared by. */
export interface Column {
  readonly key: string;
  readonly title: string;
  readonly unit: string;
  readonly digits: number;
}

/** A candidate's figures: one of each rotation, by the column's key. */
export interface Row {
  readonly name: string;
  readonly kind: Candidate["kind"];
  readonly samples: { readonly [key: string]: readonly number[] };
}

/** What a workload found out. Figures at the same place of two rows were measured one right after the other. */
export interface Table {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Who did not take part, and why, as sentences. */
  readonly leftOut: readonly string[];
}

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: at(sorted.length >> 1), least: at(0), most: at(sorted.length - 1) };
}

/** The ratio to another row's figure of the same rotation. */
export function ratioOf(row: Row, to: Row, key: string): Spread {
  const bases = to.samples[key] ?? [];
  return spreadOf((row.samples[key] ?? []).map((value, rotation) => value / (bases[rotation] ?? Number.NaN)));
}

/** What a row is measured against: the limit, and the best of those that somebody would pick instead. */
export function references({ rows, columns }: Table): { limit: Row | undefined; best: Row | undefined } {
  const key = columns[0]?.key ?? "";
  const figure = (row: Row): number => spreadOf(row.samples[key] ?? []).median;
  const [best] = rows.filter((row) => row.kind === "peer").sort((a, b) => figure(a) - figure(b));
  return { limit: rows.find((row) => row.kind === "limit"), best };
}
