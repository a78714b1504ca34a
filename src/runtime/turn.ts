import type { Message } from "./message.ts";

/**
 * The handling of one message by one run of a handler, or, with no message yet, what the handler does before its first.
 *
 * Sends are told apart by it: those that belong to message *n* are matched when *n* is handled again, and their room
 * sends carry the keys `s/n/room/k`.
 */
export class Turn {
  /** The run: sends by a run that was replaced belong to nobody. */
  readonly run: object;
  /** Set when the message that the reader waited for has come. */
  message: Message | undefined;
  /** Sends on stream 0 so far. */
  sends = 0;
  #roomSends: Map<string, number> | undefined;

  constructor(run: object, message: Message | undefined) {
    this.run = run;
    this.message = message;
  }

  /** The number of the message; 0 before the first. */
  get sequence(): number {
    return this.message?.sequence ?? 0;
  }

  /** Counts one more send to this room, from 1. */
  countRoomSend(room: string): number {
    this.#roomSends ??= new Map();
    const count = (this.#roomSends.get(room) ?? 0) + 1;
    this.#roomSends.set(room, count);
    return count;
  }
}
