import type { Entry } from "../broker/broker.ts";

/** What a room keeps of its newest entries for members that have just fallen behind. */
const HOT_TAIL_BYTES = 256 * 1_024;
/** What an entry costs besides its payload, about. */
const ENTRY_OVERHEAD_BYTES = 128;

/** The newest entries of a room's log, in memory and bounded by bytes. */
export class HotTail {
  /** Everything after this offset, up to the newest entry, is here. */
  after: number;
  #entries: Entry[] = [];
  #start = 0;
  #bytes = 0;

  constructor(after: number) {
    this.after = after;
  }

  get length(): number {
    return this.#entries.length - this.#start;
  }

  push(entry: Entry): void {
    this.#entries.push(entry);
    this.#bytes += weightOf(entry);
  }

  /** Lets go of the oldest entries, down to the bound; those after `offset` are still needed. */
  trim(offset: number): void {
    while (this.#bytes > HOT_TAIL_BYTES) {
      const oldest = this.#entries[this.#start];
      if (oldest === undefined || oldest.offset > offset) break;
      this.#bytes -= weightOf(oldest);
      this.after = oldest.offset;
      this.#start += 1;
    }
    if (this.#start >= 64 && this.#start * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The entries after `offset`, as an array and the index of the first; `offset` is not below `after`. */
  from(offset: number): { readonly entries: readonly Entry[]; readonly start: number } {
    const entries = this.#entries;
    let low = this.#start;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle] as Entry).offset > offset) high = middle;
      else low = middle + 1;
    }
    return { entries, start: low };
  }

  /** The offset after which the last `count` entries lie, if they are all here. */
  before(count: number): number | undefined {
    if (count > this.length) return undefined;
    return count === 0 ? undefined : (this.#entries[this.#entries.length - count] as Entry).previous;
  }
}

function weightOf(entry: Entry): number {
  return entry.byteLength + ENTRY_OVERHEAD_BYTES;
}
