// Replays one world from one seed:        node dist/test/simulation/run.js "durable kills" 17
// Runs so many seeds from that one on:    node dist/test/simulation/run.js "durable kills" 0 500
// The same, until a promise is broken:    node dist/test/simulation/run.js "durable kills" 0 500 until-broken
// Runs every world:                       node dist/test/simulation/run.js all 0 50

import { simulate } from "./simulation.ts";
import { WORLDS, type World, type WorldName } from "./worlds.ts";

const [name = "", first = "0", count = "1", until] = process.argv.slice(2);
const names = Object.keys(WORLDS).filter((world) => name === "all" || name === world) as WorldName[];
if (names.length === 0) {
  console.error(`There is no world "${name}". There are: ${Object.keys(WORLDS).join(", ")}.`);
  process.exit(2);
}
for (const world of names) process.exitCode = (await runWorld(world)) ? process.exitCode : 1;

/** Whether every promise held, in every seed. */
async function runWorld(name: WorldName): Promise<boolean> {
  const world: World = WORLDS[name];
  const startedAt = performance.now();
  let [faults, broken] = [0, 0];
  for (let seed = Number(first); seed < Number(first) + Number(count); seed += 1) {
    const outcome = await simulate(world, seed);
    faults += outcome.faults;
    if (outcome.violations.isEmpty) continue;
    broken += 1;
    console.log(`node dist/test/simulation/run.js "${name}" ${seed}\n${outcome.violations}`);
    if (until === "until-broken") return false;
  }
  const ms = (performance.now() - startedAt) / Number(count);
  const average = `${Math.round(faults / Number(count))} faults and ${ms.toFixed(0)} ms a seed`;
  console.log(`${name}: ${broken === 0 ? "every promise held" : `broken in ${broken}`} of ${count} (${average})`);
  return broken === 0;
}
