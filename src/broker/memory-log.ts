import { utf8Length } from "../protocol/text.ts";
import type { Entry, NewEntry, Page, PageLimit, Position } from "./broker.ts";
import { holdsTooMuch, type Retention } from "./retention.ts";
import { hasWords } from "./words.ts";

/** One room's log, in memory. Offsets count from 1 and skip nothing. */
export class MemoryLog {
  readonly epoch: number;
  readonly followers = new Set<(entries: readonly Entry[]) => void>();
  /** Bytes that its entries hold. */
  bytes = 0;
  /** The entries that are left begin at `#start`; those before it have been let go. */
  #entries: Entry[] = [];
  #start = 0;
  #head = 0;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  get head(): Position {
    return { epoch: this.epoch, offset: this.#head };
  }

  append({ payload, text }: NewEntry, at: number): Entry {
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
    const previous = this.#head;
    this.#head += 1;
    const entry: Entry = { offset: this.#head, previous, at, payload, byteLength, text };
    this.#entries.push(entry);
    this.bytes += weightOf(entry);
    return entry;
  }

  /** Lets go of what retention no longer allows; the newest entry goes only by its age. */
  trim(retention: Retention, now: number): void {
    for (let oldest = this.#oldest; oldest !== undefined; oldest = this.#oldest) {
      const holding = { entries: this.#length, bytes: this.bytes, oldestAt: oldest.at };
      if (!holdsTooMuch(retention, holding, now)) break;
      this.bytes -= weightOf(oldest);
      this.#start += 1;
    }
    this.#compact();
  }

  /** Lets go of everything. The log goes on from the same head. */
  clear(): void {
    this.#entries = [];
    this.#start = 0;
    this.bytes = 0;
  }

  read(after: Position, limit: PageLimit): Page {
    const from = Math.max(after.epoch === this.epoch ? after.offset : 0, this.#trimmed);
    const begin = this.#start + Math.min(from - this.#trimmed, this.#length);
    const end = this.#pageEnd(begin, 1, this.#entries.length, limit);
    return this.#page(from, begin, end, end < this.#entries.length);
  }

  readBack(before: number | undefined, limit: PageLimit): Page {
    const last = Math.min(before === undefined ? this.#head : before - 1, this.#head);
    const end = this.#start + Math.max(0, last - this.#trimmed);
    const begin = this.#pageEnd(end - 1, -1, this.#start - 1, limit) + 1;
    return this.#page(this.#trimmed + begin - this.#start, begin, end, begin > this.#start);
  }

  /** The newest entries that have all these words, oldest first. */
  search(words: readonly string[], limit: number): Entry[] {
    const found: Entry[] = [];
    for (let index = this.#entries.length - 1; index >= this.#start && found.length < limit; index -= 1) {
      const entry = this.#entries[index] as Entry;
      const text = entry.text ?? entry.payload;
      if (typeof text === "string" && hasWords(text, words)) found.push(entry);
    }
    return found.reverse();
  }

  /** The offset of the last entry that has been let go. */
  get #trimmed(): number {
    return this.#head - this.#length;
  }

  get #length(): number {
    return this.#entries.length - this.#start;
  }

  get #oldest(): Entry | undefined {
    return this.#entries[this.#start];
  }

  #page(after: number, begin: number, end: number, hasMore: boolean): Page {
    return { epoch: this.epoch, after, entries: this.#entries.slice(begin, end), hasMore };
  }

  /** Walks from `begin` until the page is full, or to `until`; returns where it stopped. */
  #pageEnd(begin: number, direction: 1 | -1, until: number, limit: PageLimit): number {
    let bytes = 0;
    let index = begin;
    for (; index !== until; index += direction) {
      const count = (index - begin) * direction;
      bytes += (this.#entries[index] as Entry).byteLength;
      if (count >= limit.entries || (count > 0 && bytes > limit.bytes)) break;
    }
    return index;
  }

  #compact(): void {
    if (this.#start < 64 || this.#start * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#start);
    this.#start = 0;
  }
}

function weightOf(entry: Entry): number {
  return entry.byteLength + (entry.text === undefined ? 0 : entry.text.length);
}
