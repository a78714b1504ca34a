import type { Message, Sendable } from "./message.ts";

export interface JoinOptions {
  /** Begin with this many of the newest entries; default 0, with what comes next. */
  readonly last?: number | undefined;
  /** Begin after this offset; what was trimmed since is a gap. Beyond the head: what comes next. */
  readonly after?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RoomSendOptions {
  /** What plain terminals show instead of the data; `""`: nothing. */
  readonly text?: string | undefined;
  /** Only for the members that are live now; not logged. */
  readonly ephemeral?: boolean | undefined;
  /** An idempotency key of your own: a second send with it has no effect. */
  readonly key?: string | undefined;
}

export interface HistoryOptions {
  /** Entries before this offset; default: the newest. */
  readonly before?: number | undefined;
  /** Entries after this offset. */
  readonly after?: number | undefined;
  readonly limit: number;
}

export interface SearchOptions {
  /** So many entries at the most: the newest that are found. */
  readonly limit: number;
}

/** An entry of a room's log, as history gives it. */
export interface RoomEntry {
  readonly offset: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly isText: boolean;
  text(): string;
  bytes(): Uint8Array<ArrayBuffer>;
  json(): unknown;
}

/** A member of a room. */
export interface RoomMember {
  readonly sessionId: string;
  readonly identity: unknown;
  /** Its session has no connection now; it is still a member until its resume window ends. */
  readonly away: boolean;
}

/**
 * How who is in a room has changed since that was told last.
 *
 * Nobody is in two of the lists: who came and went again in between is in none of them, or `left` at the most. To keep a
 * list of your own, take what `joined`, `away` and `back` say of a member for how it is now.
 */
export interface PresenceChange {
  /** Members that there are now. */
  readonly count: number;
  /** How many of them are away. */
  readonly awayCount: number;
  /** There are more than `presenceLimit` members: nobody is named, and the lists are empty. */
  readonly countsOnly: boolean;
  readonly joined: readonly RoomMember[];
  /** Who left the room, or whose session has ended. */
  readonly left: readonly RoomMember[];
  /** Whose connection was lost. They are members until they are back, or until their resume window is over. */
  readonly away: readonly RoomMember[];
  /** Who was away; also who was in the room before the server was started again, and has come back to it. */
  readonly back: readonly RoomMember[];
  /** Everybody, instead of the lists: where nobody was named before, or too much has happened at once. */
  readonly members: readonly RoomMember[] | undefined;
}

/** A room, as a handler holds it. Its entries go to the client, not into the handler's loop. */
export interface Room {
  readonly name: string;
  /** Appends to the log. Resolves when the entry is as durable as the broker makes it. */
  send(data: Sendable, options?: RoomSendOptions): Promise<void>;
  /** A page of the log, oldest first. */
  history(options: HistoryOptions): Promise<readonly RoomEntry[]>;
  /** The newest entries in whose text all these words are, oldest first. */
  search(words: string, options: SearchOptions): Promise<readonly RoomEntry[]>;
  members(): readonly RoomMember[];
  leave(): Promise<void>;
}

/** A room, as a client holds it: its name, and its entries, which the session's loop then no longer gets. */
export interface ClientRoom extends AsyncIterable<Message> {
  readonly name: string;
}
