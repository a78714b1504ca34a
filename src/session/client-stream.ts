import { writeAck } from "../protocol/frames/ack.ts";
import { MessageFlag, writeMessage } from "../protocol/frames/message.ts";
import { ClientOutbox, type OutboxSnapshot } from "./client-outbox.ts";
import type { ClientConnection, Dialer } from "./client-ports.ts";
import type { ClientLimits } from "./limits.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * The half of a client's state machine that moves messages: stream 0 in both directions, over whatever is attached.
 *
 * What may be on the wire is written when the connection is about to send, and not before.
 */
export class ClientStream {
  /** The highest number received, and the highest that the application is done with. */
  received = 0;
  processed = 0;
  /** The connection that carries the session. */
  outlet: ClientConnection | undefined;
  readonly outbox = new ClientOutbox();
  protected readonly dialer: Dialer;
  protected readonly limits: ClientLimits;
  /** How much of a stream may be on its way, unacknowledged, in either direction. */
  protected windowMessages: number;
  protected windowBytes: number;
  /** How far a store has the session, if there is one: a reloaded page must not be behind its server. */
  protected kept: { readonly sent: number; readonly taken: number } | undefined;
  /** When an acknowledgement goes alone. */
  protected acknowledgeAt = NEVER;
  /** The highest number written to this connection, and the highest one acknowledged on it; -1: tell it in any case. */
  #wired = 0;
  #told = 0;
  /** Bytes that the application is done with and the server has not been told of. */
  #untoldBytes = 0;

  constructor(dialer: Dialer, limits: ClientLimits) {
    this.dialer = dialer;
    this.limits = limits;
    this.windowMessages = limits.windowMessages;
    this.windowBytes = limits.windowBytes;
  }

  /** A store has this much; `undefined`: there is none any more. Nothing beyond it goes on the wire. */
  onKept(snapshot: (OutboxSnapshot & { readonly taken: number }) | undefined): void {
    this.kept = snapshot && { sent: snapshot.acknowledged + snapshot.outbox.length, taken: snapshot.taken };
    this.outlet?.flush();
    this.#acknowledgeSoon();
  }

  /** The highest of the client's own numbers that may be on the wire. */
  protected get sendable(): number {
    return this.kept?.sent ?? this.outbox.last;
  }

  /** The highest number that may be acknowledged. */
  get #acknowledgeable(): number {
    return this.kept?.taken ?? this.processed;
  }

  /** A connection carries the session from now on; the server has received everything up to `serverReceived`. */
  protected attach(outlet: ClientConnection, serverReceived: number): void {
    this.outlet = outlet;
    this.#wired = Math.max(serverReceived, this.outbox.acknowledged);
    this.tellAgain(outlet);
    this.write(outlet, 0);
  }

  /** The server has not heard what was acknowledged. */
  protected tellAgain(outlet: ClientConnection): void {
    this.#told = -1;
    this.acknowledgeAt = 0;
    outlet.flush();
  }

  /** Writes what may be on the wire and is not yet. */
  protected write(outlet: ClientConnection, now: number): void {
    // What is due goes first: behind a full window, on a line that breaks again and again, it might never arrive.
    if (now >= this.acknowledgeAt) this.#writeAck(outlet);
    this.#writeMessages(outlet);
    if (outlet.writer.length > 0) this.#writeAck(outlet);
  }

  #writeMessages({ writer }: ClientConnection): void {
    const { messages, acknowledged } = this.outbox;
    let end = acknowledged;
    let bytes = 0;
    for (const { flags, repliesTo, payload } of messages) {
      // Replies are outside the window, and an empty one admits any message. More than it admits waits here only while the
      // session is ending, or when it is smaller than it was, as after a restart with other limits.
      if (!(flags & MessageFlag.isReply)) {
        bytes += payload.length;
        const isOver = end - acknowledged >= this.windowMessages || bytes > this.windowBytes;
        if (isOver && end > acknowledged) break;
      }
      if (end === this.sendable) break;
      end += 1;
      if (end <= this.#wired) continue;
      writeMessage(writer, flags, end, repliesTo, payload);
      this.#wired = end;
    }
  }

  #writeAck({ writer }: ClientConnection): void {
    const number = this.#acknowledgeable;
    if (number <= this.#told) return;
    writeAck(writer, 0, number);
    this.#told = number;
    this.#untoldBytes = 0;
    this.acknowledgeAt = NEVER;
  }

  /**
   * Accepts a message for delivery in order and gives its number, or 0 when the window is full. Replies bypass the window,
   * and so does what waited for it when the end began (`isLast`): that leaves if the window ever has room.
   */
  send(payload: Uint8Array, flags: number, repliesTo = 0, isLast = false): number {
    const { outbox } = this;
    const { length } = outbox.messages;
    const isFull = length >= this.windowMessages || outbox.bytes + payload.length > this.windowBytes;
    if (length && isFull && !isLast && !(flags & MessageFlag.isReply)) return 0;
    outbox.push({ flags, repliesTo, payload });
    this.outlet?.flush();
    this.dialer.onChanged();
    return outbox.last;
  }

  /**
   * The application is done with everything up to `sequence`, of which `bytes` had waited in its queue.
   * The acknowledgement rides with the next data, goes alone after `ackDelayMs`, or at once at half a window.
   */
  acknowledge(sequence: number, bytes: number): void {
    this.#untoldBytes += bytes;
    this.dialer.onChanged();
    if (sequence <= this.processed) return;
    this.processed = sequence;
    this.#acknowledgeSoon();
  }

  #acknowledgeSoon(): void {
    const { outlet } = this;
    const pending = this.#acknowledgeable - this.#told;
    if (!outlet || pending <= 0) return;
    if (pending * 2 >= this.windowMessages || this.#untoldBytes * 2 >= this.windowBytes) {
      this.acknowledgeAt = 0;
      outlet.flush();
    } else {
      this.acknowledgeAt = Math.min(this.acknowledgeAt, this.dialer.now() + this.limits.ackDelayMs);
      this.dialer.wake(this.acknowledgeAt);
    }
  }
}
