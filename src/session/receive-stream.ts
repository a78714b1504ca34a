import type { CloseName } from "../protocol/close-codes.ts";
import { writeAck } from "../protocol/frames/ack.ts";
import type { MessageFrame } from "../protocol/frames/message.ts";
import type { Limits } from "./limits.ts";
import type { Outlet } from "./ports.ts";

/** A message that the peer should not have sent. */
export interface Fault {
  readonly name: CloseName;
  readonly reason: string;
}

const NEVER = Number.POSITIVE_INFINITY;

/** The numbers of the stream that this side receives, and what the peer has been told of them. */
export class ReceiveStream {
  /** The highest number received. */
  received = 0;
  /** The highest number that the application is done with. */
  processed = 0;
  /** The highest number that was ever acknowledged to the peer, on any connection. */
  told = 0;
  /** When an acknowledgement goes alone; `Infinity` while none is pending. */
  ackDueAt = NEVER;
  readonly #limits: Limits;
  /** The highest number that was acknowledged on this connection. */
  #toldHere = 0;
  #tellAgain = false;
  /** Bytes that wait for the application, and bytes that it is done with and the peer has not been told of. */
  #queuedBytes = 0;
  #untoldBytes = 0;
  /** Bytes that wait for the application, and came from a server that is gone. */
  #inheritedBytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Goes on after `sequence`, as if everything up to there had been received, processed and acknowledged. */
  startAfter(sequence: number): void {
    this.received = sequence;
    this.processed = sequence;
    this.told = sequence;
  }

  /**
   * Another server goes on where this one died. It cannot know what still waits here, so that takes no room in its
   * window: a client that reads nothing holds one window for each server that dies meanwhile.
   */
  restart(): void {
    this.told = this.received;
    this.#inheritedBytes += this.#queuedBytes;
    this.#queuedBytes = 0;
  }

  /** Whether this is the next message, one that came before, or a fault. */
  judge(frame: MessageFrame): "next" | "duplicate" | Fault {
    const { sequence, byteLength } = frame;
    if (sequence <= this.received) return "duplicate";
    if (sequence !== this.received + 1) {
      return { name: "protocol-error", reason: `message ${sequence} came after ${this.received}` };
    }
    const { maxMessageBytes, windowMessages, windowBytes } = this.#limits;
    if (byteLength > maxMessageBytes) {
      return { name: "message-too-big", reason: `a message of ${byteLength} bytes is above ${maxMessageBytes}` };
    }
    const isOver =
      sequence - this.told > windowMessages || (this.#queuedBytes > 0 && this.#queuedBytes + byteLength > windowBytes);
    // Replies are exempt: they wait for no window, and take no place in the application's queue.
    if (isOver && !frame.isReply) return { name: "protocol-error", reason: "a message was sent outside the window" };
    return "next";
  }

  /** The next message is in. */
  accept(frame: MessageFrame): void {
    this.received = frame.sequence;
    if (!frame.isReply) this.#queuedBytes += frame.byteLength;
  }

  /** The application is done with everything up to `sequence`, of which `bytes` had waited. False: that was known. */
  process(sequence: number, bytes: number): boolean {
    const inherited = Math.min(bytes, this.#inheritedBytes);
    this.#inheritedBytes -= inherited;
    this.#queuedBytes -= bytes - inherited;
    this.#untoldBytes += bytes;
    if (sequence <= this.processed) return false;
    this.processed = sequence;
    return true;
  }

  /** A new connection: the peer is told anew. */
  attach(): void {
    this.#toldHere = 0;
    this.#tellAgain = true;
    this.ackDueAt = NEVER;
  }

  detach(): void {
    this.ackDueAt = NEVER;
  }

  /** The peer has not heard: it sent something again. */
  tellAgain(): void {
    this.#tellAgain = true;
  }

  /**
   * Arranges that everything up to `until` is acknowledged: with the next data, alone after `ackDelayMs`, or at half a
   * window at once (`true`: flush now).
   */
  acknowledgeSoon(until: number, now: number): boolean {
    const pending = until - this.#toldHere;
    if (pending <= 0) return false;
    if (pending * 2 >= this.#limits.windowMessages || this.#untoldBytes * 2 >= this.#limits.windowBytes) {
      this.ackDueAt = now;
      return true;
    }
    if (this.ackDueAt === NEVER) this.ackDueAt = now + this.#limits.ackDelayMs;
    return false;
  }

  /** Whether there is an acknowledgement to write, now or later. */
  get hasNews(): boolean {
    return this.ackDueAt !== NEVER || this.#tellAgain;
  }

  /** Writes the acknowledgement if it is due, or if there is data for it to ride with. */
  writeAck(outlet: Outlet, until: number, now: number): void {
    const isNews = until > this.#toldHere && (now >= this.ackDueAt || outlet.writer.length > 0);
    if (!isNews && !this.#tellAgain) return;
    writeAck(outlet.writer, 0, until);
    this.#toldHere = until;
    this.#tellAgain = false;
    this.#untoldBytes = 0;
    this.ackDueAt = NEVER;
    if (until > this.told) this.told = until;
  }
}
