import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";
import type { FarBroker } from "./far-broker.ts";

/** The world, as its clients see it. */
export interface Surroundings {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly broker: FarBroker;
  readonly windowMessages: number;
  readonly windowBytes: number;
  readonly sessionWindowBytes: number;
  /** Nothing goes wrong any more. */
  readonly isHealed: boolean;
  /** Something happened that must not. */
  readonly report: (violation: string) => void;
  /** Where what was sent under this name is in the room's log. */
  offsetOf(room: string, id: string): number | undefined;
}
