import type { CloseName } from "../protocol/close-codes.ts";
import { type CloseFrame, writeClose } from "../protocol/frames/close.ts";
import { MessageFlag, type MessageFrame, writeMessage } from "../protocol/frames/message.ts";
import { type PingFrame, writePong } from "../protocol/frames/ping.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { utf8Length } from "../protocol/text.ts";
import { nameOfCode, type RoomCursor, streamFigures, type UndeliveredMessage } from "./close-info.ts";
import { beginClosing, type Closing, type Ending, violation } from "./ending.ts";
import type { Limits } from "./limits.ts";
import type { MachineHost, Outlet } from "./ports.ts";
import { ReceiveStream } from "./receive-stream.ts";
import { SendStream, type SentMessage } from "./send-stream.ts";
import { type SessionEvent, type SessionState, transition } from "./states.ts";

/**
 * The state machine of a session that speaks Bowline frames, as far as both roles share it.
 *
 * Pure: frames and time go in; frames (into the outlet's writer), calls to the host, and "wake me at" come out. It never
 * waits, never reads a clock and never throws for what a peer does.
 */
export abstract class SessionMachine {
  /** The session's name; empty on a client before its first OPENED. */
  id = "";
  readonly sending: SendStream;
  readonly receiving: ReceiveStream;
  /** Connections that have carried the session. */
  connections = 0;
  /** Bytes of rooms' entries that are on their way and not acknowledged; kept by the rooms. */
  roomBytes = 0;

  protected readonly host: MachineHost;
  protected readonly limits: Limits;
  protected now: number;
  protected outlet: Outlet | undefined;
  protected closing: Closing | undefined;
  protected forceAt = Number.POSITIVE_INFINITY;
  #state: SessionState;
  #peerWindowMessages: number;
  #peerWindowBytes: number;
  #wired = 0;

  constructor(host: MachineHost, limits: Limits, state: SessionState, now: number, sending = new SendStream()) {
    this.host = host;
    this.limits = limits;
    this.now = now;
    this.sending = sending;
    this.receiving = new ReceiveStream(limits);
    this.#state = state;
    this.#peerWindowMessages = limits.windowMessages;
    this.#peerWindowBytes = limits.windowBytes;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** The highest number received on stream 0. */
  get received(): number {
    return this.receiving.received;
  }

  /** The highest number that the application is done with. */
  get processed(): number {
    return this.receiving.processed;
  }

  /** Whether an end has been decided on; nothing can be sent any more. */
  get isEnding(): boolean {
    return this.closing !== undefined || this.#state === "closed";
  }

  /** The ending that was decided on, in the words that stand now. */
  get ending(): Required<Ending> | undefined {
    return this.closing;
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

  /** Which side this is, for "who began it". */
  protected abstract readonly role: "client" | "server";

  /**
   * Accepts a message for delivery in order and gives its number, or 0 when the window is full.
   * Replies bypass the window. The caller has checked `isEnding`.
   */
  send(payload: string | Uint8Array, flags: number, repliesTo = 0): number {
    const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
    if ((flags & MessageFlag.isReply) === 0 && !this.#admits(byteLength)) return 0;
    const sequence = this.sending.last + 1;
    this.keep({ sequence, flags, repliesTo, payload, byteLength });
    this.wire();
    return sequence;
  }

  /** Puts a message into the send stream; the client's machine also keeps a checksum. */
  protected keep(message: SentMessage): void {
    this.sending.push(message);
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
    if (outlet === undefined || this.closing?.said === true) return;
    const until = this.sendable;
    if (this.#wired >= until) return;
    while (this.#wired < until) {
      this.#wired += 1;
      const message = sending.get(this.#wired);
      if (message !== undefined)
        writeMessage(outlet.writer, message.flags, message.sequence, message.repliesTo, message.payload);
    }
    outlet.flush();
  }

  /** A MESSAGE of stream 0. */
  protected onMessage(frame: MessageFrame): void {
    if (this.closing?.received !== undefined) return;
    const verdict = this.receiving.judge(frame);
    if (verdict === "next") {
      this.receiving.accept(frame);
      if (frame.isReply) this.host.onReply(frame);
      else this.host.onMessage(frame);
    } else if (verdict === "duplicate") {
      this.receiving.tellAgain();
      this.outlet?.flush();
    } else {
      this.fail(verdict.name, verdict.reason);
    }
  }

  /**
   * The application is done with everything up to `sequence`, of which `bytes` had waited in its queue.
   * The acknowledgement rides with the next data, goes alone after `ackDelayMs`, or at once at half a window.
   */
  acknowledge(sequence: number, bytes: number): void {
    if (this.receiving.process(sequence, bytes)) this.acknowledgeSoon();
  }

  /** Arranges that a new acknowledgeable number is told to the peer. */
  protected acknowledgeSoon(): void {
    const { outlet, receiving } = this;
    if (outlet === undefined) return;
    if (receiving.acknowledgeSoon(this.acknowledgeable, this.now)) outlet.flush();
    else this.host.wake(receiving.ackDueAt);
  }

  /** The connection is about to send what its writer holds: the acknowledgement rides along. */
  beforeFlush(now: number): void {
    if (this.outlet === undefined || this.closing?.said === true) return;
    this.receiving.writeAck(this.outlet, this.acknowledgeable, now);
  }

  /** An ACK of stream 0. */
  protected onAck(number: number): void {
    if (number > this.sending.last) {
      this.fail("protocol-error", `${number} was acknowledged, but only ${this.sending.last} had been sent`);
      return;
    }
    if (number <= this.sending.acknowledged) return;
    this.release(number);
    this.host.onAcknowledged();
    this.sayClose();
  }

  /** Forgets what the peer has acknowledged. */
  protected release(number: number): void {
    this.sending.acknowledge(number);
  }

  protected onPing(frame: PingFrame): void {
    if (this.outlet === undefined) return;
    writePong(this.outlet.writer, frame.data);
    this.outlet.flush();
  }

  /** What came on the attached connection is not the protocol. */
  onProtocolError(error: ProtocolError, now: number): void {
    this.now = now;
    this.fail(error.closeName, error.message);
  }

  /** Ends the session because the peer broke a rule. */
  protected fail(name: CloseName, reason: string): void {
    this.end(violation(name, reason, this.role));
  }

  /**
   * Decides on the end of the session. `normal` waits, at most `closeTimeoutMs`, until what was sent is acknowledged;
   * every other code is said at once. Later decisions change nothing.
   */
  end(ending: Ending): void {
    if (this.isEnding) return;
    this.closing = beginClosing(ending, this.receivedAtEnd());
    this.transition("ending");
    this.armCloseTimeout();
    this.onEnding();
    this.host.onEnding();
    this.sayClose();
  }

  /** Lets go of the session here, without a word about its end to anybody. */
  protected abandon(ending: Required<Ending>): void {
    this.closing = { ...ending, received: this.processed, said: true, forced: true, answer: undefined };
    this.transition("ending");
    this.host.onEnding();
    this.bury(undefined);
  }

  /** What counts as received when the end begins, if that is settled then: see `Closing`. */
  protected abstract receivedAtEnd(): number | undefined;

  /** The role's own part of deciding on an end (the server's tombstone). */
  protected onEnding(): void {}

  /** Whether CLOSE may be said yet, as far as the role is concerned. */
  protected get mayClose(): boolean {
    return true;
  }

  /** Says CLOSE when everything that has to come before it has. */
  protected sayClose(): void {
    const { closing, outlet } = this;
    if (closing === undefined || closing.said || outlet === undefined || !this.mayClose) return;
    if (!closing.forced && this.sending.acknowledged < this.sending.last) return;
    // The last acknowledgement rides before it, where the writer has anything for it to ride with.
    this.beforeFlush(this.now);
    closing.received ??= this.received;
    writeClose(outlet.writer, this.closeFrame());
    closing.said = true;
    this.armCloseTimeout();
    outlet.flush();
    if (closing.answer !== undefined) this.bury(closing.answer);
  }

  /** The CLOSE that says this ending. */
  closeFrame(): Omit<CloseFrame, "type"> {
    const closing = this.closing as Closing;
    return {
      code: closing.code,
      reason: closing.reason,
      retryAfterMs: closing.retryAfterMs,
      sent: this.sending.last,
      received: closing.received ?? this.received,
      by: closing.by,
    };
  }

  /** Starts the close timeout. A server waits with it while no connection is attached: the client may come back. */
  protected armCloseTimeout(): void {
    const runs = this.closing !== undefined && (this.outlet !== undefined || this.role === "client");
    this.forceAt = runs ? this.now + this.limits.closeTimeoutMs : Number.POSITIVE_INFINITY;
    if (runs) this.host.wake(this.forceAt);
  }

  /** The end of the session: the obituary, with the peer's figures when its CLOSE has come. */
  protected bury(answer: CloseFrame | undefined): void {
    if (this.#state === "closed") return;
    const closing = this.closing as Closing;
    if (answer !== undefined && answer.received > this.sending.acknowledged)
      this.release(Math.min(answer.received, this.sending.last));
    const sent = this.sending.last;
    const delivered = this.sending.acknowledged;
    const received = closing.received ?? this.received;
    const outward = streamFigures(sent, delivered);
    const inward = streamFigures(Math.max(answer?.sent ?? this.received, received), received);
    const undelivered: UndeliveredMessage[] = this.sending
      .unacknowledged()
      .map((message) => ({ sequence: message.sequence, data: message.payload }));
    this.transition("over");
    this.outlet?.end();
    this.outlet = undefined;
    this.host.onClosed({
      sessionId: this.id,
      code: closing.code,
      name: nameOfCode(closing.code),
      reason: closing.reason,
      by: closing.by,
      confirmed: answer !== undefined,
      retryAfterMs: closing.retryAfterMs,
      fromClient: this.role === "client" ? outward : inward,
      fromServer: this.role === "client" ? inward : outward,
      undelivered,
      cursors: this.cursors(),
      connections: this.connections,
    });
  }

  /** Replaces what this side had decided with what the peer, whose word stands, says about the end. */
  protected adoptEnding(frame: CloseFrame): void {
    if (this.closing === undefined) return;
    const { code, reason, by, retryAfterMs } = frame;
    this.closing = { ...this.closing, code, reason, by, retryAfterMs };
  }

  /** Where a client is in its rooms; none on the server. */
  protected cursors(): readonly RoomCursor[] {
    return [];
  }

  /** A connection carries the session from now on; the peer has received everything up to `peerReceived`. */
  protected attach(outlet: Outlet, peerReceived: number, now: number): void {
    this.now = now;
    this.outlet = outlet;
    this.connections += 1;
    this.#wired = Math.max(peerReceived, this.sending.acknowledged);
    this.receiving.attach();
    if (this.closing !== undefined) this.closing.said = false;
    this.transition("adopted");
    this.armCloseTimeout();
    // First of all: behind a full window, on a line that breaks again and again, it might never arrive.
    this.beforeFlush(now);
    this.wire();
    outlet.flush();
  }

  /** The attached connection is gone. */
  detach(now: number): void {
    this.now = now;
    if (this.outlet === undefined) return;
    this.outlet = undefined;
    this.receiving.detach();
    this.transition("lost");
    this.armCloseTimeout();
  }

  /** Does what is due and says when to be called again. */
  onTime(now: number): number {
    this.now = now;
    const { ackDueAt } = this.receiving;
    if (now >= ackDueAt) this.outlet?.flush();
    if (this.closing !== undefined && now >= this.forceAt) this.#forceClose(this.closing);
    return Math.min(ackDueAt > now ? ackDueAt : Number.POSITIVE_INFINITY, this.forceAt);
  }

  /** Waiting for acknowledgements took too long: say CLOSE anyway. Waiting for the answer did: end without it. */
  #forceClose(closing: Closing): void {
    if (closing.said || this.outlet === undefined) {
      this.bury(undefined);
    } else {
      closing.forced = true;
      this.armCloseTimeout();
      this.sayClose();
    }
  }

  protected transition(event: SessionEvent): void {
    const before = this.#state;
    this.#state = transition(before, event);
    if (this.#state !== before) this.host.onStatus();
  }
}
