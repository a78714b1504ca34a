import type { Sendable } from "../runtime/message.ts";
import { never } from "../runtime/reader.ts";
import type { HistoryOptions, Room, RoomEntry, RoomMember, RoomSendOptions, SearchOptions } from "../runtime/room.ts";
import { quietly } from "../runtime/session-core.ts";
import type { Sender } from "./publisher.ts";

/** What a handle of a room does, it does here. It holds nothing itself: a room is where its members and its log are. */
export interface RoomAccess {
  send(room: string, data: Sendable, options: RoomSendOptions, sender: Sender | undefined): Promise<void>;
  history(room: string, options: HistoryOptions): Promise<readonly RoomEntry[]>;
  search(room: string, words: string, options: SearchOptions): Promise<readonly RoomEntry[]>;
  members(room: string): readonly RoomMember[];
  leave(room: string, sender: Sender): void;
}

/** A room, as the server holds it: in nobody's name. */
export class BroadcastRoom implements Omit<Room, "leave"> {
  readonly name: string;
  protected readonly access: RoomAccess;

  constructor(access: RoomAccess, name: string) {
    this.access = access;
    this.name = name;
  }

  /**
   * Sends to everybody in the room. Resolves when the entry is as durable as the broker makes it.
   *
   * Rejects with `RangeError` above `maxMessageBytes`, with `TypeError` for what cannot be sent, and with the broker's
   * error. A failure that nobody awaits is published as `room-error`.
   */
  send(data: Sendable, options: RoomSendOptions = {}): Promise<void> {
    return this.access.send(this.name, data, options, undefined);
  }

  /** A page of the log, oldest first: `limit` entries at the most, and a MiB of them. */
  history(options: HistoryOptions): Promise<readonly RoomEntry[]> {
    return quietly(this.access.history(this.name, options));
  }

  /**
   * The newest entries in whose text all these words are, whatever their case and accents; the last word may be the
   * beginning of one. Oldest first. An entry's text is its plain-text alternative, or else its payload, if that is text.
   */
  search(words: string, options: SearchOptions): Promise<readonly RoomEntry[]> {
    return quietly(this.access.search(this.name, words, options));
  }

  /** Who is in the room, of this node's sessions. */
  members(): readonly RoomMember[] {
    return this.access.members(this.name);
  }
}

/** A room, as the handler of a session holds it. */
export class SessionRoom extends BroadcastRoom implements Room {
  readonly #sender: Sender;

  constructor(access: RoomAccess, name: string, sender: Sender) {
    super(access, name);
    this.#sender = sender;
  }

  /**
   * Sends to everybody in the room, this session's client too if it is a member. Resolves when the entry is as durable as
   * the broker makes it; the message that is being handled is not acknowledged before.
   *
   * Rejects with `RangeError` above `maxMessageBytes`, with `TypeError` for what cannot be sent, and with the broker's
   * error. A failure that nobody awaits ends the session: await it in the turn in which it was sent, or give it a `catch`.
   */
  override send(data: Sendable, options: RoomSendOptions = {}): Promise<void> {
    return this.access.send(this.name, data, options, this.#sender);
  }

  /** Leaves the room: its entries do not go to the client any more. It may join again. */
  leave(): Promise<void> {
    if (this.#sender.session.run !== this.#sender.run) return never();
    this.access.leave(this.name, this.#sender);
    return Promise.resolve();
  }
}
