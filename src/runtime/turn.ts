import type { ReceivedMessage } from "./message.ts";

/**
 * The handling of one message by one run of a handler, or, with no message yet, what the handler does before its first.
 *
 * Sends are told apart by it: those that belong to message *n* are matched when *n* is handled again, and their room
 * sends carry the keys `s/n/room/k`.
 */
export class Turn {
  /** The run: sends by a run that was replaced belong to nobody. */
  readonly run: object;
  /** Whether this is what the handler does before it asks for its first message. */
  readonly isFirst: boolean;
  /** The first turn's alone: the first message has been asked for. */
  hasEnded = false;
  /** Set when the message that the reader waited for has come. */
  message: ReceivedMessage | undefined;
  /** Sends on stream 0 so far. */
  sends = 0;
  #roomSends: Map<string, number> | undefined;

  constructor(run: object, isFirst: boolean) {
    this.run = run;
    this.isFirst = isFirst;
  }

  /**
   * Whether what is sent now belongs to this turn. While the reader waits for the message, and when the handler is done
   * with it, whoever sends does so beside the loop, at a time that will not come again when the message does.
   */
  get isOpen(): boolean {
    if (this.isFirst) return !this.hasEnded;
    return this.message !== undefined && !this.message.finished;
  }

  /** The number of the message; 0 before the first. */
  get sequence(): number {
    return this.message?.sequence ?? 0;
  }

  /** The rooms that were sent to, and how often. */
  get roomSends(): Iterable<[room: string, count: number]> {
    return this.#roomSends ?? [];
  }

  /** Counts one more send to this room, from 1. */
  countRoomSend(room: string): number {
    this.#roomSends ??= new Map();
    const count = (this.#roomSends.get(room) ?? 0) + 1;
    this.#roomSends.set(room, count);
    return count;
  }
}
