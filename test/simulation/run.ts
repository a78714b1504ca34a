// Replays one world from one seed: node dist/test/simulation/run.js "durable kills" 17
// With a third argument, so many seeds from that one on.

import { simulate } from "./simulation.ts";
import { WORLDS, type World, type WorldName } from "./worlds.ts";

const [name = "", first = "0", count = "1"] = process.argv.slice(2);
const names = name === "all" ? (Object.keys(WORLDS) as WorldName[]) : [name as WorldName];
if (!names.every((world) => world in WORLDS)) {
  console.error(`There is no world "${name}". There are: ${Object.keys(WORLDS).join(", ")}.`);
  process.exit(2);
}
for (const world of names) {
  const startedAt = performance.now();
  let total = 0;
  const found = new Map<string, { count: number; example: string }>();
  for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
    const { violations, faults } = await simulate(WORLDS[world] as World, seed);
    total += faults;
    for (const promise of violations.promises) {
      const entry = found.get(promise) ?? { count: 0, example: `seed ${seed}: ${violations}` };
      entry.count += 1;
      found.set(promise, entry);
    }
  }
  const ms = ((performance.now() - startedAt) / Number(count)).toFixed(0);
  console.log(
    `${world} (${ms} ms and ${Math.round(total / Number(count))} faults a seed): ${found.size === 0 ? "ok" : ""}`,
  );
  for (const [promise, entry] of found) console.log(`  ${entry.count}/${count} ${promise}\n      ${entry.example}`);
  if (found.size > 0) process.exitCode = 1;
}
