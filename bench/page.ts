import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { outcomesOf } from "./goals.ts";
import { cellsOf, formatRatio } from "./print.ts";
import { chartName, type Result, readResults } from "./results.ts";
import type { Table } from "./table.ts";
import { WORKLOADS } from "./workloads/index.ts";

// The figures of docs/performance.md, between two marks. What stands around them is written by hand.

const PAGE = join(import.meta.dirname, "..", "..", "docs", "performance.md");
const FIGURES = /(?<=<!-- figures, written by the bench -->\n)[\s\S]*(?=<!-- end of figures -->)/;

/** Puts what is kept in `bench/results/` into the page. */
export function writePage(): void {
  writeFileSync(PAGE, updatePage(readFileSync(PAGE, "utf8")));
}

/** The page, with the figures that are kept now. */
export function updatePage(page: string): string {
  const results = readResults(WORKLOADS);
  const sections = [...results.map(formatResult), formatGoals(results)];
  return page.replace(FIGURES, () => `\n${sections.join("\n")}\n`);
}

function formatResult(result: Result): string {
  const { workload, command, date, machine, node, placement, loadAverage, rotations, sliceMs } = result;
  const peers = Object.entries(result.versions)
    .filter(([, version]) => !version.startsWith("Node "))
    .map(([name, version]) => `${name} (${version})`);
  const how = `\`${command}\`, ${date}: ${machine}; Node ${node.slice(1)}; ${placement}; load average ${loadAverage.toFixed(1)}; ${rotations} rotations of ${sliceMs} ms.`;
  const others = peers.length > 0 ? ` Also ${peers.join(", ")}.` : "";
  const shown = result.tables.map((table, index) => formatTable(table, workload, index));
  return `## ${headingOf(workload)}\n\n${how}${others}\n\n${shown.join("\n")}`;
}

function headingOf(workload: string): string {
  const words = WORKLOADS.find(({ name }) => name === workload)?.summary ?? "";
  return `${workload}: ${words}`;
}

function formatTable(table: Table, workload: string, index: number): string {
  const picture = `![${table.title}](../bench/results/${chartName(workload, index)})`;
  const leftOut = table.leftOut.map((sentence) => `Left out: ${sentence}.\n`).join("\n");
  return `### ${table.title}\n\n${picture}\n\n${markdown(cellsOf(table))}\n${leftOut}`;
}

function formatGoals(results: readonly Result[]): string {
  const rows = outcomesOf(results).map(({ name, candidate, to, atMost, found, isReached }) => [
    name,
    to === undefined ? candidate : `${candidate} / ${to}`,
    `${atMost}`,
    to === undefined ? found.median.toFixed(0) : formatRatio(found),
    isReached ? "reached" : "**not reached**",
  ]);
  return `## Goals\n\n${markdown([["", "", "at most", "found", ""], ...rows])}`;
}

function markdown([head = [], ...rows]: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  const rule = head.map((_, column) => (column === 0 ? "---" : "--:"));
  return [head, rule, ...rows].map(row).join("");
}
