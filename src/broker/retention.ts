import { checkOptionNames } from "../runtime/option-names.ts";

/** How much of a room's past is kept. What is older is a gap to whoever still needed it. */
export interface Retention {
  /** Entries of one room. */
  readonly maxEntries: number;
  /** Bytes of one room's entries, plain-text alternatives included. */
  readonly maxBytes: number;
  /** Age of an entry. */
  readonly maxAgeMs: number;
}

type Given = { readonly [Name in keyof Retention]?: number | undefined };

/** How much is kept of each room, and of some of them in particular. */
export interface RetentionOptions extends Given {
  /**
   * By the name of the room, or, with a `*` at its end, by what its name begins with: `alerts/*`. A name goes before a
   * beginning, and a longer beginning before a shorter one. What is not given is as for all rooms.
   */
  readonly rooms?: { readonly [name: string]: Given } | undefined;
}

/** The same for all rooms that it does not name. It travels between threads. */
export interface RetentionPlan {
  readonly all: Retention;
  readonly byName: ReadonlyMap<string, Retention>;
  /** The longest come first. */
  readonly byBeginning: readonly (readonly [beginning: string, retention: Retention])[];
}

/** Throws `TypeError` for names that there are not, and `RangeError` for what cannot be a limit. */
export function planRetention(options: RetentionOptions = {}, defaults: Retention): RetentionPlan {
  const { rooms = {}, ...given } = options;
  const all = resolve(given, defaults, "retention.");
  const byName = new Map<string, Retention>();
  const byBeginning: (readonly [string, Retention])[] = [];
  for (const [name, limits] of Object.entries(rooms)) {
    const retention = resolve(limits, all, `retention.rooms["${name}"].`);
    if (name.endsWith("*")) byBeginning.push([name.slice(0, -1), retention]);
    else byName.set(name, retention);
  }
  byBeginning.sort(([one], [other]) => other.length - one.length);
  return { all, byName, byBeginning };
}

function resolve(given: Given, defaults: Retention, within: string): Retention {
  checkOptionNames(given, defaults, within);
  const retention = { ...defaults };
  for (const name of Object.keys(defaults) as (keyof Retention)[]) {
    const limit = given[name];
    if (limit === undefined) continue;
    if (!(limit >= 1)) throw new RangeError(`${within}${name} must be a number of at least 1, not ${limit}`);
    retention[name] = limit;
  }
  return retention;
}

export function retentionOf({ all, byName, byBeginning }: RetentionPlan, room: string): Retention {
  const named = byName.get(room);
  if (named !== undefined || byBeginning.length === 0) return named ?? all;
  return byBeginning.find(([beginning]) => room.startsWith(beginning))?.[1] ?? all;
}

/** The least age at which an entry may have to go. */
export function leastAgeMs({ all, byName, byBeginning }: RetentionPlan): number {
  const others = [...byName.values(), ...byBeginning.map(([, retention]) => retention)];
  return others.reduce((least, { maxAgeMs }) => Math.min(least, maxAgeMs), all.maxAgeMs);
}

/** What a room's log holds. */
interface Holding {
  readonly entries: number;
  readonly bytes: number;
  /** When its oldest entry was appended. */
  readonly oldestAt: number;
}

/** Whether the oldest entry of a log has to go. The only one goes by its age alone. */
export function holdsTooMuch(retention: Retention, { entries, bytes, oldestAt }: Holding, now: number): boolean {
  const { maxEntries, maxBytes, maxAgeMs } = retention;
  return (entries > 1 && (entries > maxEntries || bytes > maxBytes)) || oldestAt < now - maxAgeMs;
}
