import type { CloseName } from "../protocol/close-codes.ts";
import { type CloseFrame, writeClose } from "../protocol/frames/close.ts";
import { MessageFlag } from "../protocol/frames/message.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { decodeUtf8 } from "../protocol/text.ts";
import { nameOfCode, streamFigures, type UndeliveredMessage } from "./close-info.ts";
import { beginClosing, type Closing, type Ending, isViolation, violation } from "./ending.ts";
import type { Limits } from "./limits.ts";
import type { MachineHost, Outlet } from "./ports.ts";
import { SendStream, type SentMessage } from "./send-stream.ts";
import { type SessionEvent, type SessionState, transition } from "./states.ts";
import { StreamMachine } from "./stream-machine.ts";

/** So much of the close timeout has a peer that broke a rule to answer CLOSE: it may not know what that is. */
const VIOLATOR_SHARE = 1 / 5;

/**
 * The server's side of a session that speaks Bowline frames: how it stands, how it ends, and nothing of admission, rooms or
 * records, which `ServerMachine` adds. Clients have `ClientMachine`.
 *
 * Pure: frames and time go in; frames (into the outlet's writer), calls to the host, and "wake me at" come out. It never
 * waits, never reads a clock and never throws for what a peer does.
 */
export abstract class SessionMachine extends StreamMachine {
  /** The session's name; empty on a client before its first OPENED. */
  id = "";
  /** Connections that have carried the session. */
  connections = 0;
  protected closing: Closing | undefined;
  protected forceAt = Number.POSITIVE_INFINITY;
  #state: SessionState;
  /** A connection on which nothing more can be read, the peer's answer to CLOSE included. */
  #unreadable: Outlet | undefined;

  constructor(host: MachineHost, limits: Limits, state: SessionState, now: number, sending = new SendStream()) {
    super(host, limits, now, sending);
    this.#state = state;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Whether an end has been decided on; nothing can be sent any more. */
  get isEnding(): boolean {
    return this.closing !== undefined || this.#state === "closed";
  }

  /** The ending that was decided on, in the words that stand now. */
  get ending(): Required<Ending> | undefined {
    return this.closing;
  }

  protected get hasSaidClose(): boolean {
    return this.closing?.said === true;
  }

  get takesMessages(): boolean {
    return this.closing?.received === undefined;
  }

  protected override onAck(number: number): void {
    super.onAck(number);
    this.sayClose();
  }

  /** What came on the attached connection is not the protocol. */
  onProtocolError(error: ProtocolError, now: number): void {
    this.now = now;
    this.#unreadable = this.outlet;
    this.fail(error.closeName, error.message);
  }

  /** Ends the session because the peer broke a rule. Where it is ending already, nothing is waited for any more. */
  protected fail(name: CloseName, reason: string): void {
    const { closing } = this;
    if (closing === undefined) this.end(violation(name, reason, "server"));
    else this.#forceClose(closing);
  }

  /**
   * Decides on the end of the session. `normal` waits, at most `closeTimeoutMs`, until what was sent is acknowledged;
   * every other code is said at once. Later decisions change nothing.
   */
  end(ending: Ending, now = this.now): void {
    if (this.isEnding) return;
    this.now = now;
    this.closing = beginClosing(ending, this.receivedAtEnd());
    this.transition("ending");
    this.armCloseTimeout();
    this.host.onEnding();
    this.onEnding();
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

  /** Asked when everything that was sent is acknowledged, or is not waited for: whether CLOSE may be said now. */
  protected mayClose(): boolean {
    return true;
  }

  /** Says CLOSE when everything that has to come before it has. */
  protected sayClose(): void {
    const { closing, outlet } = this;
    if (closing === undefined || closing.said) return;
    if (!closing.forced && this.sending.acknowledged < this.sending.last) return;
    if (!this.mayClose() || outlet === undefined) return;
    // The last acknowledgement rides before it, where the writer has anything for it to ride with.
    this.beforeFlush(this.now);
    closing.received ??= this.received;
    writeClose(outlet.writer, this.closeFrame());
    closing.said = true;
    this.armCloseTimeout();
    outlet.flush();
    if (closing.answer !== undefined || outlet === this.#unreadable) this.bury(closing.answer);
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

  /** Starts the close timeout. It does not run while no connection is attached: the client may come back. */
  protected armCloseTimeout(): void {
    const { closing, outlet } = this;
    const runs = closing !== undefined && outlet !== undefined;
    const share = runs && isViolation(closing.code) ? VIOLATOR_SHARE : 1;
    this.forceAt = runs ? this.now + this.limits.closeTimeoutMs * share : Number.POSITIVE_INFINITY;
    if (runs) this.host.wake(this.forceAt);
  }

  /** The end of the session: the obituary, with the peer's figures when its CLOSE has come. */
  protected bury(answer: CloseFrame | undefined): void {
    if (this.#state === "closed") return;
    const closing = this.closing as Closing;
    if (answer !== undefined && answer.received > this.sending.acknowledged)
      this.sending.acknowledge(Math.min(answer.received, this.sending.last));
    const sent = this.sending.last;
    const delivered = this.sending.acknowledged;
    closing.received ??= this.received;
    const { received } = closing;
    const undelivered: UndeliveredMessage[] = this.sending
      .unacknowledged()
      .map((message) => ({ sequence: message.sequence, data: asSent(message) }));
    this.transition("over");
    this.outlet?.end(closing.code);
    this.outlet = undefined;
    this.host.onClosed({
      sessionId: this.id,
      code: closing.code,
      name: nameOfCode(closing.code),
      reason: closing.reason,
      by: closing.by,
      confirmed: answer !== undefined,
      retryAfterMs: closing.retryAfterMs,
      fromClient: streamFigures(Math.max(answer?.sent ?? this.received, received), received),
      fromServer: streamFigures(sent, delivered),
      undelivered,
      cursors: [],
      connections: this.connections,
    });
  }

  /** A connection carries the session from now on; the peer has received everything up to `peerReceived`. */
  protected attach(outlet: Outlet, peerReceived: number, now: number): void {
    this.now = now;
    this.connections += 1;
    this.attachStreams(outlet, peerReceived);
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
    this.detachStreams();
    this.transition("lost");
    this.armCloseTimeout();
  }

  /** Does what is due and says when to be called again. */
  onTime(now: number): number {
    this.now = now;
    const acknowledgeAt = this.flushAcknowledgement(now);
    if (this.closing !== undefined && now >= this.forceAt) this.#forceClose(this.closing);
    return Math.min(acknowledgeAt, this.forceAt);
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

/** Text may be kept as bytes. */
function asSent({ flags, payload }: SentMessage): string | Uint8Array {
  if (typeof payload === "string" || (flags & MessageFlag.text) === 0) return payload;
  return decodeUtf8(payload, 0, payload.byteLength);
}
