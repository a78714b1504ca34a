import assert from "node:assert/strict";
import { test } from "node:test";
import { Bench } from "../../bench/bench.ts";
import { CANDIDATES, type Candidate } from "../../bench/candidates.ts";
import type { Placement } from "../../bench/processor.ts";
import { MissingProgram } from "../../bench/programs.ts";
import { connect } from "../../bench/workloads/connect.ts";
import { fanout } from "../../bench/workloads/fanout.ts";
import { pingpong } from "../../bench/workloads/pingpong.ts";
import { pipeline } from "../../bench/workloads/pipeline.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const anywhere: Placement = { description: "", place: (command) => command, unpin: () => {} };

function benchOf(candidates: readonly Candidate[]): Bench {
  return new Bench({ candidates, placement: anywhere, rotations: 1, sliceMs: 1, idleClients: 10 });
}

for (const workload of [pingpong, pipeline, fanout, connect]) {
  test(`${workload.name} measures every server that is here, by the same work`, { skip }, async () => {
    const ours = CANDIDATES.filter(({ name }) => name === "bare net" || name.startsWith("Bowline"));
    const tables = await benchOf(ours).run(workload);
    for (const { title, rows, columns, leftOut } of tables) {
      assert.deepEqual(leftOut, []);
      assert.equal(rows.length, 5, title);
      for (const { name, samples } of rows) {
        for (const { key } of columns) {
          const [sample = Number.NaN] = samples[key] ?? [];
          assert.ok(sample >= 0 && Number.isFinite(sample), `${title}, ${name}: ${key} is ${sample}`);
        }
      }
    }
  });
}

test("who is not installed, and who fails, is left out by name, and the others are measured", { skip }, async () => {
  const [first] = CANDIDATES.filter(({ name }) => name === "bare net");
  assert.ok(first !== undefined);
  const missing: Candidate = {
    ...first,
    name: "Missing",
    program: {
      ...first.program,
      command: () => {
        throw new MissingProgram("is not installed");
      },
    },
  };
  const broken: Candidate = { ...first, name: "Broken", program: { ...first.program, command: () => ["nothing.js"] } };
  const [table] = await benchOf([missing, first, broken]).run(pipeline);
  assert.deepEqual(
    table?.rows.map(({ name }) => name),
    ["bare net"],
  );
  assert.equal(table?.leftOut[0], "Missing is not installed");
  assert.match(table?.leftOut[1] ?? "", /^Broken failed: it ended at once: .*Cannot find module/);
});
