import type { Tally } from "./closed-loop.ts";
import { cpuMicrosOf } from "./process-meter.ts";

/** What a server spent on what was done, and how busy both sides were. */
export interface Cost {
  readonly perSecond: number;
  /** Of the server's processor time, in microseconds; not a number where it could not be looked at. */
  readonly cpuMicros: number;
  /** Of one processor. */
  readonly serverPercent: number;
  readonly loadPercent: number;
}

/** Looks at the server's process, if it is known, and at this one, before and after. */
export async function costOf(pid: number | undefined, act: () => Promise<Tally>): Promise<Cost> {
  const before = pid === undefined ? Number.NaN : cpuMicrosOf(pid);
  const loadBefore = process.cpuUsage();
  const { messages, elapsedMs } = await act();
  const { user, system } = process.cpuUsage(loadBefore);
  const spent = pid === undefined ? Number.NaN : cpuMicrosOf(pid) - before;
  return {
    perSecond: (messages * 1_000) / elapsedMs,
    cpuMicros: spent / messages,
    serverPercent: spent / elapsedMs / 10,
    loadPercent: (user + system) / elapsedMs / 10,
  };
}
