// `npm run bench`: every workload, on every server that is here. `npm run bench -- pingpong fanout --quick` for a part.

import { relative } from "node:path";
import { parseArgs } from "node:util";
import { Bench } from "./bench.ts";
import { CANDIDATES } from "./candidates.ts";
import { writePage } from "./page.ts";
import { format } from "./print.ts";
import { separateProcessors } from "./processor.ts";
import { keep } from "./results.ts";
import { WORKLOADS } from "./workloads/index.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean" } } });
const unknown = positionals.filter((name) => !WORKLOADS.some((workload) => workload.name === name));
if (unknown.length > 0) {
  const names = WORKLOADS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n");
  console.error(`there is no workload ${unknown.join(", ")}. There are:\n${names}`);
  process.exit(2);
}
const workloads = WORKLOADS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const isQuick = values.quick === true;
const size = isQuick
  ? { rotations: 5, sliceMs: 200, idleClients: 2_000 }
  : { rotations: 7, sliceMs: 700, idleClients: 10_000 };
const placement = separateProcessors();
const bench = new Bench({ candidates: CANDIDATES, placement, ...size });
console.log(`Node ${process.version}; ${placement.description}; medians of ${size.rotations} rotations\n`);
for (const workload of workloads) {
  const tables = await bench.run(workload);
  for (const table of tables) console.log(format(table));
  console.log(`  kept in ${relative(process.cwd(), keep(bench, isQuick, workload, tables))}\n`);
}
if (!isQuick) writePage();
process.exit();
