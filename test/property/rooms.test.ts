import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomWorld } from "../room-world/world.ts";

/** `SEEDS=5000 FIRST_SEED=0` looks further. */
const SEEDS = Number(process.env.SEEDS ?? 60);
const FIRST_SEED = Number(process.env.FIRST_SEED ?? 1);

for (const trim of [false, true]) {
  test(`in every world, rooms lose nothing silently and repeat nothing${trim ? ", though logs are trimmed" : ""}`, async () => {
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed += 1) {
      const violations = await new RoomWorld(seed).run({ trim });
      assert.deepEqual(violations, [], `seed ${seed}`);
    }
  });
}
