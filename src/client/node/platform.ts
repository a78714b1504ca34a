import { Deadlines } from "../../runtime/deadlines.ts";
import type { Limits } from "../../session/limits.ts";
import { publisher } from "../../transport/diagnostics.ts";
import type { TransportEnvironment } from "../../transport/environment.ts";
import { FlushList } from "../../transport/flush-list.ts";
import { systemClock } from "../../transport/system-clock.ts";
import { Traffic } from "../../transport/traffic.ts";
import type { Platform } from "../ports.ts";

/** Above this, Node's timers fire at once. One that fires early is armed again. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Node. A session without a connection keeps the process alive while it waits for the next dial: it is not over. */
export const node: Platform = {
  clock: {
    now: () => performance.now(),
    setTimer: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS)),
    clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout),
  },
  emit: publisher("bowline:client:"),
  random: () => Math.random(),
  onWakeUp: () => {},
  loadKeeper: () => import("../keeper.ts"),
};

const shared = {
  clock: systemClock,
  deadlines: new Deadlines(systemClock),
  flushes: new FlushList(systemClock),
  traffic: new Traffic(),
};

/** What a client's connections need; all but the limits is shared by the process. */
export function transportFor(limits: Limits): TransportEnvironment {
  return { ...shared, limits };
}
