import type { Entry, Page, PageLimit, Position } from "../broker.ts";
import type { RetentionPlan } from "../retention.ts";

/**
 * The appends of one turn, one after the other in one list, since that travels cheapest between threads: room and number
 * of entries, then of each entry its payload, text, key and `keepKeyMs`.
 */
export type Appends = (string | number | Uint8Array | null)[];

/**
 * What appends were answered with: of each the log's epoch, or `TOO_MANY_ROOMS`; and then, of each entry, its offset and one
 * of `FRESH` and so on.
 */
export type AppendResults = number[];
export const TOO_MANY_ROOMS = 0;
export const FRESH = 0;
export const REPEAT = 1;
export const MISMATCH = 2;

/** What the thread that owns the file does besides appending. Sessions are text here. */
export interface StoreMethods {
  read(room: string, after: Position, limit: PageLimit): Page;
  readBack(room: string, before: number | undefined, limit: PageLimit): Page;
  head(room: string): Position;
  /** `undefined`: not everything is in the index yet; it comes nearer each time that it is asked. */
  search(room: string, words: string, limit: number): readonly Entry[] | undefined;
  renewKeys(room: string, keys: readonly string[], keepKeyMs: number): void;
  getSession(id: string): string | undefined;
  putSession(id: string, stored: string, keepMs: number): void;
  deleteSession(id: string): void;
}

/** What changes something, and is on disk before it is answered. The rest comes after, and sees it. */
export const CHANGES: ReadonlySet<keyof StoreMethods> = new Set(["renewKeys", "putSession", "deleteSession"] as const);

export interface Request {
  readonly method: keyof StoreMethods;
  readonly args: readonly unknown[];
}

/** Everything that was asked in one turn of the event loop. */
export interface Turn {
  /** Milliseconds since 1970: the time of all of it. */
  readonly now: number;
  readonly appends: Appends;
  readonly requests: readonly Request[];
  /** It is the last one. */
  readonly isLast: boolean;
}

/** Something that was done, or the sentence that says why it could not be. */
export type Outcome<T> = { readonly value: T } | { readonly fault: string };

export interface TurnOutcome {
  /** All of a turn's appends succeed, or none does. */
  readonly appends: Outcome<AppendResults>;
  readonly requests: readonly Outcome<unknown>[];
}

/** What the thread says first. */
export type Greeting = Outcome<{ readonly signingKey: Uint8Array }>;

/** What it needs to begin. */
export interface StoreOptions {
  readonly folder: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly retention: RetentionPlan;
  readonly maxRooms: number;
  readonly maxKeys: number;
}
