// `npm run bench`: every workload, on every server that is here. `npm run bench -- pingpong fanout --quick` for a part.

import { parseArgs } from "node:util";
import { Bench } from "./bench.ts";
import { CANDIDATES } from "./candidates.ts";
import { format } from "./print.ts";
import { WORKLOADS } from "./workloads/index.ts";

const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: "boolean" } } });
const unknown = positionals.filter((name) => !WORKLOADS.some((workload) => workload.name === name));
if (unknown.length > 0) {
  const names = WORKLOADS.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join("\n");
  console.error(`there is no workload ${unknown.join(", ")}. There are:\n${names}`);
  process.exit(2);
}
const workloads = WORKLOADS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const bench = new Bench(CANDIDATES, values.quick === true);
console.log(`Node ${process.version}; ${bench.processors.description}; medians of ${bench.rotations} rotations\n`);
for (const workload of workloads) {
  for (const table of await bench.run(workload)) console.log(format(table));
}
process.exit();
