import { FrameType } from "../protocol/frames/frame-type.ts";
import { MessageFlag } from "../protocol/frames/message.ts";
import { ClientOutbox, type UnacknowledgedMessage } from "./client-outbox.ts";
import type { ClientConnection, Dialer } from "./client-ports.ts";
import { NEVER } from "./never.ts";

/**
 * The half of a client's state machine that moves messages: stream 0 in both directions, over whatever is attached.
 *
 * What may be on the wire is written when the connection is about to send, and not before.
 */
export class ClientStream extends ClientOutbox {
  /** The highest number received, and the highest that the application is done with. */
  received = 0;
  processed = 0;
  /** The connection that carries the session. */
  outlet: ClientConnection | undefined;
  protected readonly dialer: Dialer;
  /** How much of a stream may be on its way, unacknowledged, in either direction. */
  mostMessages: number;
  mostBytes: number;
  /** How far a store has the session, if there is one: a reloaded page must not be behind its server. */
  kept: { readonly sent: number; readonly taken: number } | undefined;
  /** When an acknowledgement goes alone. */
  protected acknowledgeAt = NEVER;
  /** The highest number written to this connection, and the highest one acknowledged on it; -1: tell it in any case. */
  #wired = 0;
  #told = 0;
  /** Bytes that the application is done with and the server has not been told of. */
  #untoldBytes = 0;

  constructor(dialer: Dialer) {
    super();
    this.dialer = dialer;
    this.mostMessages = dialer.limits.windowMessages;
    this.mostBytes = dialer.limits.windowBytes;
  }

  /** The highest of the client's own numbers that may be on the wire. */
  protected get sendable(): number {
    return this.kept?.sent ?? this.last;
  }

  /** The highest number that may be acknowledged. */
  get #acknowledgeable(): number {
    return this.kept?.taken ?? this.processed;
  }

  /** A connection carries the session from now on; the server has received everything up to `serverReceived`. */
  protected attach(outlet: ClientConnection, serverReceived: number): void {
    this.outlet = outlet;
    this.#wired = Math.max(serverReceived, this.acked);
    this.tellAgain(outlet);
    this.write(outlet);
  }

  /** The server has not heard what was acknowledged. */
  protected tellAgain(outlet: ClientConnection): void {
    this.#told = -1;
    this.acknowledgeAt = 0;
    outlet.flush();
  }

  /** Writes what may be on the wire and is not yet. */
  protected write(outlet: ClientConnection): void {
    // What is due goes first: behind a full window, on a line that breaks again and again, it might never arrive.
    if (this.dialer.alarm.now() >= this.acknowledgeAt) this.#writeAck(outlet);
    this.#writeMessages(outlet);
    if (outlet.writer.length > 0) this.#writeAck(outlet);
  }

  #writeMessages({ writer }: ClientConnection): void {
    const { messages, acked } = this;
    let end = acked;
    let bytes = 0;
    for (const { flags, repliesTo, payload } of messages) {
      // Replies are outside the window, and an empty one admits any message. More than it admits waits here only while the
      // session is ending, or when it is smaller than it was, as after a restart with other limits.
      if (!(flags & MessageFlag.isReply)) {
        bytes += payload.length;
        const isOver = end - acked >= this.mostMessages || bytes > this.mostBytes;
        if (isOver && end > acked) break;
      }
      if (end === this.sendable) break;
      if (++end <= this.#wired) continue;
      const number = flags & MessageFlag.isReply ? [end, repliesTo] : [end];
      writer.frame(FrameType.message, [flags, ...number, payload]);
      this.#wired = end;
    }
  }

  #writeAck({ writer }: ClientConnection): void {
    const number = this.#acknowledgeable;
    if (number <= this.#told) return;
    writer.frame(FrameType.ack, [0, number]);
    this.#told = number;
    this.#untoldBytes = 0;
    this.acknowledgeAt = NEVER;
  }

  /**
   * Accepts a message for delivery in order and gives its number, or 0 when the window is full. Replies bypass the window,
   * and so does what waited for it when the end began (`isLast`): that leaves if the window ever has room.
   */
  send(message: UnacknowledgedMessage, isLast = false): number {
    const { flags, payload } = message;
    const { length } = this.messages;
    const isFull = length >= this.mostMessages || this.bytes + payload.length > this.mostBytes;
    if (length && isFull && !isLast && !(flags & MessageFlag.isReply)) return 0;
    this.push(message);
    this.outlet?.flush();
    this.dialer.onChanged();
    return this.last;
  }

  /**
   * The application is done with everything up to `sequence`, of which `bytes` had waited in its queue.
   * The acknowledgement rides with the next data, goes alone after `ackDelayMs`, or at once at half a window.
   */
  process(sequence: number, bytes: number): void {
    this.#untoldBytes += bytes;
    this.dialer.onChanged();
    if (sequence <= this.processed) return;
    this.processed = sequence;
    this.acknowledgeSoon();
  }

  /** Lets an acknowledgement that has become possible leave. */
  acknowledgeSoon(): void {
    const { outlet } = this;
    const { alarm, limits } = this.dialer;
    const pending = this.#acknowledgeable - this.#told;
    if (!outlet || pending <= 0) return;
    if (pending * 2 >= this.mostMessages || this.#untoldBytes * 2 >= this.mostBytes) {
      this.acknowledgeAt = 0;
      outlet.flush();
    } else {
      this.acknowledgeAt = Math.min(this.acknowledgeAt, alarm.now() + limits.ackDelayMs);
      alarm.wake(this.acknowledgeAt);
    }
  }
}
