import type { Frame } from "../protocol/frames/frame.ts";
import { MessageFlag, type MessageFrame } from "../protocol/frames/message.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { type CloseInfo, nameOfCode } from "../session/close-info.ts";
import type { Ending } from "../session/ending.ts";
import type { SessionMachine } from "../session/machine.ts";
import type { MachineHost, Outlet } from "../session/ports.ts";
import type { SessionState } from "../session/states.ts";
import { SessionClosedError } from "./errors.ts";
import { ReceivedMessage } from "./message.ts";
import type { FrameReceiver } from "./ports.ts";
import type { ReadEnd } from "./reader.ts";
import { type Outgoing, SessionCore, type SessionStatus } from "./session-core.ts";

/** What the user is shown of the machine's states: an end is seen when it has come. */
const STATUS: { readonly [State in SessionState]: SessionStatus } = {
  connecting: "connecting",
  open: "open",
  closing: "open",
  detached: "detached",
  leaving: "detached",
  closed: "closed",
};

/** A session between Bowline peers, on either side: the state machine beneath, as the session above sees it. */
export abstract class FramedCore extends SessionCore implements MachineHost, FrameReceiver {
  readonly hasReplies = true;
  abstract readonly machine: SessionMachine;

  get id(): string {
    return this.machine.id;
  }

  get status(): SessionStatus {
    return STATUS[this.machine.state];
  }

  get sent(): number {
    return this.machine.sending.last;
  }

  /** The highest number received. */
  get received(): number {
    return this.machine.received;
  }

  get acknowledged(): number {
    return this.machine.sending.acknowledged;
  }

  /** A client that closes is given what comes until CLOSE is said: its server may have to get rid of it to go on. */
  get readEnd(): ReadEnd | undefined {
    return this.machine.takesMessages ? undefined : this.ending;
  }

  get ending(): ReadEnd | undefined {
    const { ending } = this.machine;
    if (ending === undefined) return undefined;
    const { code, reason, by, retryAfterMs } = ending;
    return { sessionId: this.id, code, name: nameOfCode(code), reason, by, retryAfterMs };
  }

  get isEnding(): boolean {
    return this.machine.isEnding;
  }

  closedError(): SessionClosedError {
    return new SessionClosedError(this.info ?? (this.ending as ReadEnd));
  }

  get outlet(): Outlet | undefined {
    return this.machine.connection;
  }

  submit(outgoing: Outgoing): number {
    return this.machine.send(outgoing.payload, flagsOf(outgoing), outgoing.repliesTo);
  }

  submitLast(outgoing: Outgoing): number {
    return this.machine.sendLast(outgoing.payload, flagsOf(outgoing));
  }

  end(ending: Ending): void {
    this.machine.end(ending, this.env.clock.now());
  }

  // What the state machine tells.

  onMessage(frame: MessageFrame): void {
    this.inbox.push(new ReceivedMessage(this, frame, frame.sequence, frame.wantsReply));
    this.run?.onMessage();
  }

  onReply(frame: MessageFrame): void {
    this.giveReply(frame);
    // A reply is acknowledged with what came before it.
    if (this.inbox.length === 0) this.settle();
  }

  /** Gives a reply to whoever waits for it. */
  protected giveReply(frame: MessageFrame): void {
    if (this.run?.onReply(new ReceivedMessage(this, frame, frame.sequence), frame.repliesTo) === true) return;
    this.env.emit({ name: "late-reply", sessionId: this.id, repliesTo: frame.repliesTo });
  }

  onStatus(): void {
    this.run?.onStatus();
  }

  abstract onAcknowledged(): void;
  abstract onEnding(): void;
  abstract onClosed(info: CloseInfo): void;

  // What the connection tells.

  /** Whether this connection is the session's. One that is not any more may still have something to say. */
  protected abstract listensTo(outlet: Outlet): boolean;

  abstract onFrame(frame: Frame, outlet: Outlet, now: number): void;
  abstract onDrained(outlet: Outlet): void;
  abstract onLost(outlet: Outlet, now: number): void;

  onProtocolError(error: ProtocolError, outlet: Outlet, now: number): void {
    if (this.listensTo(outlet)) this.machine.onProtocolError(error, now);
  }

  beforeFlush(outlet: Outlet, now: number): void {
    if (outlet === this.machine.connection) this.machine.beforeFlush(now);
  }

  onTime(now: number): number {
    if (this.info !== undefined) return Number.POSITIVE_INFINITY;
    const next = this.machine.onTime(now);
    return Math.min(next, this.run?.onTime(now) ?? Number.POSITIVE_INFINITY);
  }
}

function flagsOf({ payload, wantsReply, repliesTo }: Outgoing): number {
  const text = typeof payload === "string" ? MessageFlag.text : 0;
  return text | (wantsReply ? MessageFlag.wantsReply : 0) | (repliesTo > 0 ? MessageFlag.isReply : 0);
}
