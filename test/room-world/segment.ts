import type { FarLog } from "./far-broker.ts";

/** What one client got of one room between joining and leaving, held against the log as it really is. */
export class Segment {
  cursor: number;
  readonly log: FarLog;
  readonly #name: string;
  readonly #report: (violation: string) => void;

  constructor(name: string, log: FarLog, cursor: number, report: (violation: string) => void) {
    this.#name = name;
    this.log = log;
    this.cursor = cursor;
    this.#report = report;
  }

  onEntry(offset: number): void {
    if (offset <= this.cursor) {
      this.#report(`${this.#name}: entry ${offset} came again, or out of order, at ${this.cursor}`);
      return;
    }
    const expected = this.log.next(this.cursor)?.offset;
    if (expected !== offset)
      this.#report(`${this.#name}: ${expected} was lost silently: ${offset} came at ${this.cursor}`);
    this.cursor = offset;
  }

  /** `mayMiss`: it left and came back, and what was sent meanwhile is not for it. */
  onGap(from: number, to: number, reason: string, mayMiss = false): void {
    const isTrimmed = reason === "trimmed" && to <= this.log.trimmed;
    const isMissed = reason === "policy" && mayMiss;
    if (from !== this.cursor + 1 || to <= this.cursor || !(isTrimmed || isMissed)) {
      this.#report(`${this.#name}: gap ${from}-${to} (${reason}) at ${this.cursor}, trimmed to ${this.log.trimmed}`);
    }
    this.cursor = Math.max(this.cursor, to);
  }

  /** The world has come to rest: everything must be here. */
  onRest(): void {
    if (this.cursor < this.log.head) this.#report(`${this.#name}: stays at ${this.cursor} of ${this.log.head}`);
  }
}
