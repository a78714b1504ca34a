// `npm run bench:guard`: whether a message has become dearer. It compares what Bowline spends with what bare `net` spends
// in the same second on the same processor, so it can say so on any machine, and fails when a ratio is a third above
// what is usual. Takes half a minute; where something fails, up to twice more, since a machine may have a bad minute.

import { Bench, type Workload } from "./bench.ts";
import { CANDIDATES } from "./candidates.ts";
import { type Placement, shareOneProcessor } from "./processor.ts";
import type { Table } from "./table.ts";
import { fanout } from "./workloads/fanout.ts";
import { pingpong } from "./workloads/pingpong.ts";
import { pipeline } from "./workloads/pipeline.ts";

const BASE = "bare net";
const SLACK = 1.33;
const TRIES = 3;
/** Many short slices: some of them nothing else disturbs. */
const ROTATIONS = 15;
const SLICE_MS = 60;

/** A workload, one of its tables, what to call it, and the usual ratios there to bare `net`: lower them with the cost. */
type Guarded = readonly [Workload, number, string, { readonly [candidate: string]: number }];

const USUAL: readonly Guarded[] = [
  [pingpong, 0, "ping-pong", { "Bowline, lines": 1.35, "Bowline, WebSocket": 1.45, "Bowline sessions": 1.6 }],
  [pipeline, 0, "pipeline", { "Bowline, lines": 3.55, "Bowline, WebSocket": 4.5, "Bowline sessions": 5.3 }],
  [
    fanout,
    0,
    "fan-out, one at a time",
    { "Bowline, lines": 1.25, "Bowline, WebSocket": 1.25, "Bowline sessions": 1.65 },
  ],
  [fanout, 1, "fan-out, bursts", { "Bowline, lines": 1.5, "Bowline, WebSocket": 1.9, "Bowline sessions": 2.4 }],
];

const placement: Placement = { description: shareOneProcessor(), place: (command) => command, unpin: () => {} };
const names = new Set([BASE, ...USUAL.flatMap(([, , , usual]) => Object.keys(usual))]);
const candidates = CANDIDATES.filter(({ name }) => names.has(name));
const bench = new Bench({ candidates, placement, rotations: ROTATIONS, sliceMs: SLICE_MS, idleClients: 0 });

console.log(`Node ${process.version}; ${placement.description}; CPU per message, as a ratio to ${BASE}\n`);
const least = new Map<string, number>();
let complaints: string[] = [];
for (let tries = 0; tries < TRIES && (tries === 0 || complaints.length > 0); tries += 1) {
  const workloads = new Set(USUAL.map(([workload]) => workload));
  for (const workload of workloads) learn(workload, await bench.run(workload));
  complaints = USUAL.flatMap(judge);
}
console.log(complaints.length === 0 ? "\nno message has become dearer" : `\n${complaints.join("\n")}`);
process.exit(complaints.length === 0 ? 0 : 1);

/** Keeps the cheapest slice of each server: what else the machine does can only add to it. */
function learn({ name: workload }: Workload, tables: readonly Table[]): void {
  for (const [index, { rows }] of tables.entries()) {
    for (const { name, samples } of rows) {
      const key = `${workload} ${index} ${name}`;
      least.set(key, Math.min(least.get(key) ?? Number.POSITIVE_INFINITY, ...(samples.cpu ?? [])));
    }
  }
}

/** Prints the ratios. Gives a sentence for each that is too high. */
function judge([{ name: workload }, table, title, usual]: Guarded): string[] {
  const base = least.get(`${workload} ${table} ${BASE}`) ?? Number.NaN;
  console.log(title);
  return Object.entries(usual).flatMap(([name, ratio]) => {
    const found = (least.get(`${workload} ${table} ${name}`) ?? Number.NaN) / base;
    console.log(`  ${name.padEnd(20)}${found.toFixed(2)}, usually ${ratio}`);
    return found <= ratio * SLACK ? [] : [`${title}, ${name}: ${found.toFixed(2)}, usually ${ratio}`];
  });
}
