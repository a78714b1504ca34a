import { type Column, type Row, ratioOf, references, type Spread, spreadOf, type Table } from "./table.ts";

/** So busy the load has no time left: what it could not say counts against no server. */
const BUSY_PERCENT = 90;

/** A table for terminals. */
export function format(table: Table): string {
  const leftOut = table.leftOut.map((sentence) => `  left out: ${sentence}\n`).join("");
  return `${table.title}\n${align(cellsOf(table))}${leftOut}`;
}

/** A table's head and its rows: medians, for the first column also the range and the ratios to those it is held against. */
export function cellsOf(table: Table): string[][] {
  const [main, ...others] = table.columns;
  if (main === undefined || table.rows.length === 0) return [];
  const { limit, best } = references(table);
  const bases = [limit, best].filter((row) => row !== undefined);
  const head = [
    "",
    `${main.title}, ${main.unit}`,
    "least to most",
    ...bases.map(({ name }) => `x ${name}`),
    ...others.map(({ title, unit }) => `${title}, ${unit}`),
  ];
  const rows = table.rows.map((row) => [
    row.name,
    medianOf(row, main),
    rangeOf(row, main),
    ...bases.map((base) => (row === base ? "1" : formatRatio(ratioOf(row, base, main.key)))),
    ...others.map(
      (column) => `${column.key === "rate" && isLoadBound(row) ? "at least " : ""}${medianOf(row, column)}`,
    ),
  ]);
  return [head, ...rows];
}

/** Whether the load was the slower side, so that the server could have done more. */
function isLoadBound({ samples }: Row): boolean {
  const busy = (key: string): number => spreadOf(samples[key] ?? [0]).median;
  return busy("load") >= BUSY_PERCENT && busy("server") < BUSY_PERCENT;
}

export function medianOf(row: Row, { key, digits }: Column): string {
  return spreadOf(row.samples[key] ?? []).median.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

function rangeOf(row: Row, { key, digits }: Column): string {
  const { least, most } = spreadOf(row.samples[key] ?? []);
  return `${least.toFixed(digits)} to ${most.toFixed(digits)}`;
}

export function formatRatio({ median, least, most }: Spread): string {
  return `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`;
}

function align(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number): string =>
    column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(cell).join("  ")}\n`).join("");
}
