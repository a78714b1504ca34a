import type { Clock, Deadlines } from "../runtime/deadlines.ts";
import type { Limits } from "../session/limits.ts";
import type { FlushList } from "./flush-list.ts";
import type { Traffic } from "./traffic.ts";

/** What the connections of one server, or of one client, share. */
export interface TransportEnvironment {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly limits: Limits;
  readonly flushes: FlushList;
  readonly traffic: Traffic;
}
