import type { RetentionOptions } from "bowline";
import { UsageError } from "./failure.ts";

type Retention = Omit<RetentionOptions, "rooms">;

/** What amounts are measured in, and what of a room is measured so. */
const UNITS: ReadonlyMap<string, readonly [name: keyof Retention, factor: number]> = new Map([
  ["", ["maxEntries", 1]],
  ["KiB", ["maxBytes", 1_024]],
  ["MiB", ["maxBytes", 1_024 ** 2]],
  ["GiB", ["maxBytes", 1_024 ** 3]],
  ["min", ["maxAgeMs", 60_000]],
  ["h", ["maxAgeMs", 3_600_000]],
  ["d", ["maxAgeMs", 86_400_000]],
]);

/**
 * What is kept of rooms, as it is written on a command line: `30d,100000 lobby=1GiB news*=7d,1000`. What stands without a
 * name is for all rooms. Throws `UsageError`.
 */
export function readRetention(text: string): RetentionOptions {
  let all: Retention = {};
  const rooms: Record<string, Retention> = {};
  for (const rule of text.split(/\s+/)) {
    if (rule === "") continue;
    const equals = rule.lastIndexOf("=");
    const retention = readAmounts(rule.slice(equals + 1));
    if (equals === -1) all = { ...all, ...retention };
    else rooms[rule.slice(0, equals)] = retention;
  }
  return { ...all, rooms };
}

function readAmounts(text: string): Retention {
  const retention: Record<string, number> = {};
  for (const amount of text.split(",")) {
    const [, digits = "", letters = ""] = /^(\d+)([A-Za-z]*)$/.exec(amount) ?? [];
    const unit = UNITS.get(letters);
    if (unit === undefined || !(Number(digits) >= 1)) {
      throw new UsageError(
        `"${amount}" is no amount to keep: give a number of messages (1000), an age (30d, 12h, 90min) or a size (100MiB)`,
      );
    }
    const [name, factor] = unit;
    retention[name] = Number(digits) * factor;
  }
  return retention;
}
