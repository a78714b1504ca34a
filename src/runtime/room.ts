import type { Message, Sendable } from "./message.ts";

export interface JoinOptions {
  /** Begin with this many of the newest entries; default 0, with what comes next. */
  readonly last?: number | undefined;
  /** Begin after this offset; what was trimmed since is a gap. Beyond the head: what comes next. */
  readonly after?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface RoomSendOptions {
  /** What plain terminals show instead of the data. */
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

/** A room, as a handler holds it. Its entries go to the client, not into the handler's loop. */
export interface Room {
  readonly name: string;
  /** Appends to the log. Resolves when the entry is as durable as the broker makes it. */
  send(data: Sendable, options?: RoomSendOptions): Promise<void>;
  /** A page of the log, oldest first. */
  history(options: HistoryOptions): Promise<readonly RoomEntry[]>;
  members(): readonly RoomMember[];
  leave(): Promise<void>;
}

/** A room, as a client holds it: its name, and its entries, which the session's loop then no longer gets. */
export interface ClientRoom extends AsyncIterable<Message> {
  readonly name: string;
}
