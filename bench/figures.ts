/** One figure a round, for each candidate. */
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

/** A row for each candidate: the median, its ratio to the reference's, and the range. */
export function printFigures<Candidate extends string>(
  title: string,
  figures: Figures<Candidate>,
  reference: Candidate,
  unit: string,
  digits: number,
): void {
  const base = median(figures[reference]);
  console.log(title);
  for (const [name, values] of Object.entries<number[]>(figures)) {
    const middle = median(values);
    const ratio = `(${(middle / base).toFixed(2)})`;
    const range = `${Math.min(...values).toFixed(digits)} to ${Math.max(...values).toFixed(digits)}`;
    console.log(
      `  ${name.padEnd(20)}${middle.toFixed(digits).padStart(8)} ${unit.padEnd(4)}${ratio.padEnd(9)}${range}`,
    );
  }
  console.log("");
}
