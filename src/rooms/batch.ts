import type { Entry, PageLimit } from "../broker/broker.ts";
import type { LineEnding } from "../protocol/lines.ts";
import type { Outlet } from "../session/ports.ts";
import { encodeFrames, encodeLines, encodeWebSocketMessages, wrapInWebSocket } from "./wire-forms.ts";

/** What a batch, or a page, of several entries may hold. Larger entries go alone. */
export const BATCH_LIMIT: PageLimit = { entries: 128, bytes: 64 * 1_024 };

/**
 * Entries that follow each other in a room's log, on their way to any number of connections: encoded once for each form
 * that one of them needs. With it go ephemeral ones, which have no place in the log.
 */
export class Batch {
  /** The offset before the first entry's, and that of the last. */
  readonly previous: number;
  readonly last: number;
  readonly messages: number;
  readonly bytes: number;
  readonly #alias: number;
  readonly #entries: readonly Entry[];
  #frames: Uint8Array | undefined;
  #wrapped: Uint8Array | undefined;
  #webSocket: Uint8Array | undefined;
  #lines: Map<LineEnding, Uint8Array> | undefined;

  /** `previous` and `last` are those of `entries`; a batch of ephemeral ones alone stands at one position. */
  constructor(
    alias: number,
    previous: number,
    last: number,
    entries: readonly Entry[],
    ephemerals: readonly Entry[] = [],
  ) {
    this.#alias = alias;
    this.previous = previous;
    this.last = last;
    this.messages = entries.length;
    let bytes = 0;
    for (const entry of entries) bytes += entry.byteLength;
    this.bytes = bytes;
    this.#entries = ephemerals.length === 0 ? entries : [...entries, ...ephemerals];
  }

  /** The bytes for this connection, which other connections of its form get too. */
  for(outlet: Outlet): Uint8Array {
    switch (outlet.form) {
      case "bowline":
        return this.#inFrames;
      case "bowline-websocket":
        this.#wrapped ??= wrapInWebSocket(this.#inFrames);
        return this.#wrapped;
      case "websocket":
        this.#webSocket ??= encodeWebSocketMessages(this.#entries);
        return this.#webSocket;
      case "lines":
        return this.#inLines(outlet.lineEnding);
    }
  }

  get #inFrames(): Uint8Array {
    this.#frames ??= encodeFrames(this.#alias, this.#entries);
    return this.#frames;
  }

  #inLines(ending: LineEnding): Uint8Array {
    this.#lines ??= new Map();
    let lines = this.#lines.get(ending);
    if (lines === undefined) {
      lines = encodeLines(this.#entries, ending);
      this.#lines.set(ending, lines);
    }
    return lines;
  }
}

/** Where a batch that begins at `start` ends: it is full, or there are no more entries. It has at least one. */
export function endOfBatch(entries: readonly Entry[], start: number, limit: PageLimit = BATCH_LIMIT): number {
  let bytes = 0;
  let end = start;
  for (; end < entries.length && end - start < limit.entries; end += 1) {
    bytes += (entries[end] as Entry).byteLength;
    if (bytes > limit.bytes && end > start) break;
  }
  return end;
}
