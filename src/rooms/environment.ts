import type { Broker } from "../broker/broker.ts";
import type { Clock } from "../runtime/deadlines.ts";
import type { Emit } from "../runtime/ports.ts";
import type { Presence } from "./presence.ts";
import type { Tickets } from "./tickets.ts";
import type { TurnQueue } from "./turn-queue.ts";

/** What surrounds the rooms of one node. */
export interface RoomEnvironment {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly queue: TurnQueue;
  readonly tickets: Tickets;
  readonly emit: Emit;
  /** Where somebody wants to know who comes and goes. */
  readonly presence: Presence | undefined;
}

/** How long a broker that failed is left alone. */
export const RETRY_MS = 250;
