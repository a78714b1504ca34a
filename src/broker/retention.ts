/** How much of a room's past is kept. What is older is a gap to whoever still needed it. */
export interface Retention {
  /** Entries of one room. */
  readonly maxEntries: number;
  /** Bytes of one room's entries, plain-text alternatives included. */
  readonly maxBytes: number;
  /** Age of an entry. */
  readonly maxAgeMs: number;
}
