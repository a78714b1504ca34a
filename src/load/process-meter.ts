import { readdirSync, readFileSync } from "node:fs";

// Looks at a process from outside, whatever it is written in. Needs Linux's `/proc`, and throws where it is not.

/** What Linux counts processor time in, in `/proc/PID/stat`. */
const MICROS_PER_TICK = 10_000;
const NANOS_PER_MICRO = 1_000;

/** Processor time that a process has taken so far, in user and in system mode. */
export function cpuMicrosOf(pid: number): number {
  // What the scheduler counts is exact, but lacks threads that have ended; the ticks have those, and are coarse.
  return Math.max(threadMicros(pid), tickMicros(pid));
}

/** The memory that a process has in use now. */
export function residentBytesOf(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kibibytes) * 1_024;
}

function threadMicros(pid: number): number {
  let nanos = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      nanos += Number.parseInt(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8"), 10);
    } catch {
      // It ended since the folder was read, or the kernel does not count this.
    }
  }
  return nanos / NANOS_PER_MICRO;
}

function tickMicros(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // Behind the command's name, which may hold anything, user and system time are the 12th and 13th.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * MICROS_PER_TICK;
}
