import type { CloseName } from "../protocol/close-codes.ts";
import { MessageFlag, type MessageFrame, writeMessage } from "../protocol/frames/message.ts";
import { type PingFrame, writePong } from "../protocol/frames/ping.ts";
import { utf8Length } from "../protocol/text.ts";
import type { Limits } from "./limits.ts";
import type { MachineHost, Outlet } from "./ports.ts";
import { ReceiveStream } from "./receive-stream.ts";
import type { SendStream, SentMessage } from "./send-stream.ts";

const NO_PAYLOAD = new Uint8Array(0);
/** An application may have so many session windows of replies on their way, and then ends. */
const MOST_REPLY_WINDOWS = 32;
/** What a reply takes besides its payload. */
const REPLY_OVERHEAD_BYTES = 128;

/** The half of the state machine that moves messages: stream 0 in both directions, over whatever is attached. */
export abstract class StreamMachine {
  readonly sending: SendStream;
  readonly receiving: ReceiveStream;
  /** Bytes of rooms' entries that are on their way and not acknowledged; kept by the rooms. */
  roomBytes = 0;
  protected readonly host: MachineHost;
  protected readonly limits: Limits;
  protected now: number;
  protected outlet: Outlet | undefined;
  #peerWindowMessages: number;
  #peerWindowBytes: number;
  /** The highest number written to this connection. */
  protected wired = 0;

  constructor(host: MachineHost, limits: Limits, now: number, sending: SendStream) {
    this.host = host;
    this.limits = limits;
    this.now = now;
    this.sending = sending;
    this.receiving = new ReceiveStream(limits);
    this.#peerWindowMessages = limits.windowMessages;
    this.#peerWindowBytes = limits.windowBytes;
  }

  /** The highest number received on stream 0. */
  get received(): number {
    return this.receiving.received;
  }

  /** The highest number that the application is done with. */
  get processed(): number {
    return this.receiving.processed;
  }

  /** The attached connection, or `undefined`. */
  get connection(): Outlet | undefined {
    return this.outlet;
  }

  /** The highest of this side's numbers that may be on the wire: all of them, unless records come first. */
  protected get sendable(): number {
    return this.sending.last;
  }

  /** The highest number that may be acknowledged: what was processed, unless records come first. */
  protected get acknowledgeable(): number {
    return this.processed;
  }

  /** CLOSE is on this connection: nothing comes after it. */
  protected abstract readonly hasSaidClose: boolean;

  /** Whether the peer's messages still count. */
  abstract readonly takesMessages: boolean;

  /** The peer broke a rule. */
  protected abstract fail(name: CloseName, reason: string): void;

  /**
   * Accepts a message for delivery in order and gives its number, or 0 when the window is full.
   * Replies bypass the window. The caller has checked `isEnding`.
   */
  send(payload: string | Uint8Array, flags: number, repliesTo = 0): number {
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
    if ((flags & MessageFlag.isReply) === 0 && !this.#admits(byteLength)) return 0;
    return this.#push(payload, byteLength, flags, repliesTo);
  }

  /** Accepts a message that waited for the window when the end began. It leaves when the window has room, if it does. */
  sendLast(payload: string | Uint8Array, flags: number): number {
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
    return this.#push(payload, byteLength, flags, 0);
  }

  #push(payload: string | Uint8Array, byteLength: number, flags: number, repliesTo: number): number {
    const sequence = this.sending.last + 1;
    this.sending.push({ sequence, flags, repliesTo, payload, byteLength });
    if (repliesTo !== 0) this.#ride();
    this.wire();
    if (repliesTo !== 0 && this.#hasTooManyReplies) this.fail("slow-reader", "replies were not taken in time");
    return sequence;
  }

  /** More replies are on their way than a window holds: the application should get no further request for now. */
  get isBehindWithReplies(): boolean {
    const { replies, replyBytes } = this.sending;
    return replies >= this.limits.windowMessages || replyBytes >= this.limits.windowBytes;
  }

  /** An application that answers many requests at once has taken them all before there is a first reply. */
  get #hasTooManyReplies(): boolean {
    const { replies, replyBytes } = this.sending;
    return replyBytes + REPLY_OVERHEAD_BYTES * replies > MOST_REPLY_WINDOWS * this.limits.sessionWindowBytes;
  }

  /** How much the peer takes. Nobody makes this side keep more than its own limits allow. */
  protected setPeerWindow(messages: number, bytes: number): void {
    this.#peerWindowMessages = Math.min(messages, this.limits.windowMessages);
    this.#peerWindowBytes = Math.min(bytes, this.limits.windowBytes);
  }

  /** How much of one stream of this side may be on its way, unacknowledged. The peer acknowledges in step with it. */
  get windowMessages(): number {
    return this.#peerWindowMessages;
  }

  get windowBytes(): number {
    return this.#peerWindowBytes;
  }

  #admits(byteLength: number): boolean {
    const { sending } = this;
    if (sending.length === 0) return true;
    return (
      sending.length < this.#peerWindowMessages &&
      sending.bytes + byteLength <= this.#peerWindowBytes &&
      sending.bytes + this.roomBytes + byteLength <= this.limits.sessionWindowBytes
    );
  }

  /** Writes what may be on the wire and is not yet on this connection. */
  protected wire(): void {
    const { outlet, sending } = this;
    if (outlet === undefined || this.hasSaidClose) return;
    const before = this.wired;
    const until = this.sendable;
    if (before >= until) return;
    const isTight = this.#isTight;
    // Replies wait for no window. What a slow connection has not taken would wait twice: here, and in its wire form.
    const isPaced = sending.bytes > this.#peerWindowBytes;
    while (this.wired < until && !(isPaced && outlet.backlogBytes > this.limits.windowBytes)) {
      const { sequence, flags, repliesTo, payload } = sending.get(this.wired + 1) ?? forgottenReply(this.wired + 1);
      if (isTight && repliesTo === 0 && !this.#fits(sequence)) break;
      this.wired = sequence;
      writeMessage(outlet.writer, flags, sequence, repliesTo, payload);
    }
    if (this.wired > before) outlet.flush();
  }

  /** The connection has taken everything that was written. */
  drained(): void {
    this.wire();
  }

  /**
   * More is kept than the peer's window has room for: replies, what was sent last in an ending session, or all that was
   * accepted when the window was larger, as before a restart with other limits.
   */
  get #isTight(): boolean {
    const { length, bytes, replyBytes } = this.sending;
    return length > this.#peerWindowMessages || bytes - replyBytes > this.#peerWindowBytes;
  }

  /** Whether the peer's window has room for this message, which is no reply, behind what comes before it. */
  #fits(sequence: number): boolean {
    const { sending } = this;
    if (sequence === sending.acknowledged + 1) return true;
    const isInWindow = sequence <= sending.acknowledged + this.#peerWindowMessages;
    return isInWindow && sending.windowBytesUpTo(sequence) <= this.#peerWindowBytes;
  }

  /** A MESSAGE of stream 0. */
  protected onMessage(frame: MessageFrame): void {
    if (!this.takesMessages) return;
    const verdict = this.receiving.judge(frame);
    if (verdict === "next") {
      this.receiving.accept(frame);
      if (frame.isReply) this.host.onReply(frame);
      else this.host.onMessage(frame);
    } else if (verdict === "duplicate") {
      this.receiving.tellAgain();
      this.#ride()?.flush();
    } else {
      this.fail(verdict.name, verdict.reason);
    }
  }

  /**
   * The application is done with everything up to `sequence`, of which `bytes` had waited in its queue.
   * The acknowledgement rides with the next data, goes alone after `ackDelayMs`, or at once at half a window.
   * The time may be left out while one is on its way (`isAcknowledging`).
   */
  acknowledge(sequence: number, bytes: number, now = this.now): void {
    this.now = now;
    if (this.receiving.process(sequence, bytes)) this.acknowledgeSoon();
  }

  /** Whether an acknowledgement has been arranged for, and has not left. */
  get isAcknowledging(): boolean {
    return this.receiving.ackDueAt !== Number.POSITIVE_INFINITY;
  }

  /** Arranges that a new acknowledgeable number is told to the peer. */
  protected acknowledgeSoon(): void {
    const { receiving } = this;
    const outlet = this.#ride();
    if (outlet === undefined) return;
    if (receiving.acknowledgeSoon(this.acknowledgeable, this.now)) outlet.flush();
    else this.host.wake(receiving.ackDueAt);
  }

  /** Something is to ride along with what leaves next. */
  #ride(): Outlet | undefined {
    if (this.outlet !== undefined) this.outlet.hasRider = true;
    return this.outlet;
  }

  /** The connection is about to send what its writer holds: the acknowledgement rides along. */
  beforeFlush(now: number): void {
    const { outlet, receiving } = this;
    if (outlet === undefined || this.hasSaidClose) return;
    if (receiving.hasNews) receiving.writeAck(outlet, this.acknowledgeable, now);
    // Most of what leaves is a room's, and has nothing to do with this stream.
    outlet.hasRider = receiving.hasNews || this.sending.replies > 0;
  }

  /** An ACK of stream 0. */
  protected onAck(number: number): void {
    if (number > this.sending.last) {
      this.fail("protocol-error", `${number} was acknowledged, but only ${this.sending.last} had been sent`);
      return;
    }
    if (number <= this.sending.acknowledged) return;
    this.sending.acknowledge(number);
    this.wire();
    this.host.onAcknowledged();
  }

  protected onPing(frame: PingFrame): void {
    if (this.outlet === undefined) return;
    writePong(this.outlet.writer, frame.data);
    this.outlet.flush();
  }

  /** A connection carries the streams; the peer has received everything up to `peerReceived`. */
  protected attachStreams(outlet: Outlet, peerReceived: number): void {
    this.outlet = outlet;
    this.wired = Math.max(peerReceived, this.sending.acknowledged);
    this.receiving.attach();
  }

  protected detachStreams(): void {
    this.outlet = undefined;
    this.receiving.detach();
  }

  /** Lets an acknowledgement that is due leave; says when the next one is. */
  protected flushAcknowledgement(now: number): number {
    const { ackDueAt } = this.receiving;
    if (now < ackDueAt) return ackDueAt;
    this.outlet?.flush();
    return Number.POSITIVE_INFINITY;
  }
}

/** What stands for a reply whose request nobody remembers: whoever made it has had the answer. */
function forgottenReply(sequence: number): SentMessage {
  return { sequence, flags: MessageFlag.isReply, repliesTo: 1, payload: NO_PAYLOAD, byteLength: 0 };
}
