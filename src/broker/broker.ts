import type { SessionStore } from "../runtime/ports.ts";

/** A place in a room's log: everything up to this offset lies before it. */
export interface Position {
  /** Which incarnation of the log it is: a random number. Offsets of another one say nothing about this. */
  readonly epoch: number;
  readonly offset: number;
}

/** What is to be appended. Whoever appends it leaves the bytes alone afterwards. */
export interface NewEntry {
  /** Text, or bytes. */
  readonly payload: string | Uint8Array;
  /** What plain terminals show instead of the payload. */
  readonly text?: string | undefined;
  /** A second entry with this key has no effect. Keys are each room's own. */
  readonly key?: string | undefined;
  /** For how long the key is known at the least, from now, a repeat included; `renewKeys` makes it longer. */
  readonly keepKeyMs?: number | undefined;
}

/** Where an entry ended up. */
export interface Appended extends Position {
  /** Its key was known: nothing was appended, and this is the position of the first entry with the key. */
  readonly isRepeat: boolean;
  /** A repeat whose payload is not that of the first. */
  readonly isMismatch: boolean;
}

/** An entry of a room's log. Nobody changes it. */
export interface Entry {
  /** Grows from entry to entry, and may skip. At least 1. */
  readonly offset: number;
  /** The offset before it in the log, also when that entry is gone; 0 for the first. */
  readonly previous: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly payload: string | Uint8Array;
  /** Bytes of the payload; of text, in UTF-8. */
  readonly byteLength: number;
  readonly text: string | undefined;
}

/** How much a page may hold. It holds at least one entry, where there is one. */
export interface PageLimit {
  readonly entries: number;
  /** Of payloads. */
  readonly bytes: number;
}

/** Entries that follow each other in a log, oldest first. */
export interface Page {
  readonly epoch: number;
  /**
   * The offset that the page begins after. When it is above the one asked for, what lies between has been trimmed away.
   */
  readonly after: number;
  readonly entries: readonly Entry[];
  /** There are more entries on the side to which the page was read. */
  readonly hasMore: boolean;
}

/** What a broker gives when it can be used. */
export interface OpenedBroker {
  /**
   * 32 random bytes, which live as long as the logs. A server that is given no key signs with them what clients carry: a
   * client can go on where it was exactly as long as that is still there.
   */
  readonly signingKey: Uint8Array;
}

/** A follower's subscription. */
export interface Follow {
  /** Nothing is delivered any more. */
  close(): void;
}

/**
 * Where rooms' logs and sessions' records live. `test/contract/broker-suite.ts` says the same as a test.
 *
 * 1. It MUST NOT block the thread that calls it.
 * 2. An append that resolved MUST NOT be lost by whatever the broker claims to survive.
 * 3. Appends to one room that were begun one after the other MUST be in the log in that order.
 * 4. A log whose entries were lost, or that starts again for any other reason, MUST have another epoch.
 */
export interface Broker {
  /**
   * Whether logs and records outlive the server's process. Only then can a handler run twice for the same message, so
   * only then does a server attribute sends to messages, and give them keys.
   */
  readonly outlivesServer: boolean;
  /**
   * Resolves when it can be used, the same each time. Rejects with `BrokerError` when it cannot.
   *
   * Nobody has to call it: whatever is asked earlier waits, or rejects in the same way.
   */
  open(): Promise<OpenedBroker>;
  /** Appends in this order; resolves when the entries are as durable as they will be. All of them, or none. */
  append(room: string, entries: readonly NewEntry[]): Promise<readonly Appended[]>;
  /**
   * Entries after a position, oldest first. `after.offset` 0 is the beginning.
   *
   * For a position of another epoch, the page begins at the log's beginning; its `epoch` tells.
   */
  read(room: string, after: Position, limit: PageLimit): Promise<Page>;
  /** The newest entries before an offset, by default the newest of all; within the page, oldest first. */
  readBack(room: string, before: number | undefined, limit: PageLimit): Promise<Page>;
  /**
   * The newest entries whose text has all these words, whatever their case and accents; the last one may be the beginning
   * of a word. Oldest first. An entry's text is its plain-text alternative, or else its payload, if that is text.
   */
  search(room: string, words: string, limit: number): Promise<readonly Entry[]>;
  /** The position after the newest entry. */
  head(room: string): Promise<Position>;
  /**
   * Delivers what follows a position: each entry once, in order, until closed. `onEntries` must not throw.
   *
   * Rejects when the position is of another epoch. If entries after it have been trimmed away, the first one's
   * `previous` tells.
   */
  follow(room: string, after: Position, onEntries: (entries: readonly Entry[]) => void): Promise<Follow>;
  /** Keeps these keys for as long again, from now. Those that are not known stay so. */
  renewKeys(room: string, keys: readonly string[], keepKeyMs: number): Promise<void>;
  /** Records of durable sessions, and tombstones. */
  readonly sessions: SessionStore;
  close(): Promise<void>;
}

/** The broker could not do what was asked; its message says why. */
export class BrokerError extends Error {
  override readonly name = "BrokerError";
}
