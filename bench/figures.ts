/** One figure a round, for each candidate; figures at the same place were measured one right after the other. */
export type Figures<Candidate extends string> = { readonly [Name in Candidate]: number[] };

export function noFigures<Candidate extends string>(candidates: readonly Candidate[]): Figures<Candidate> {
  return Object.fromEntries(candidates.map((name) => [name, [] as number[]])) as Figures<Candidate>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** The candidates take turns within each round, so that a slow minute of the machine is slow for all of them. */
export function rotate<T>(list: readonly T[], by: number): T[] {
  const start = by % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}

/** A row for each candidate: the median, then the ratio to the reference's in the same round, as median and range. */
export function printFigures<Candidate extends string>(
  title: string,
  figures: Figures<Candidate>,
  reference: Candidate,
  unit: string,
  digits: number,
): void {
  const bases: readonly number[] = figures[reference];
  console.log(title);
  for (const [name, values] of Object.entries<number[]>(figures)) {
    const ratios = values.map((value, round) => value / (bases[round] ?? Number.NaN));
    const figure = `${median(values).toFixed(digits).padStart(8)} ${unit.padEnd(4)}`;
    const range = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    console.log(
      `  ${name.padEnd(24)}${figure}${name === reference ? "" : `  ${median(ratios).toFixed(2)} (${range})`}`,
    );
  }
  console.log("");
}
