import { CLOSE_CODES, type CloseName, endsSession } from "../protocol/close-codes.ts";
import { crc32 } from "../protocol/crc32.ts";
import { writeAuthed } from "../protocol/frames/auth.ts";
import { type CloseBeginner, type CloseFrame, writeClose } from "../protocol/frames/close.ts";
import { type Frame, FrameType } from "../protocol/frames/frame.ts";
import type { MessageFrame } from "../protocol/frames/message.ts";
import type { OpenFrame } from "../protocol/frames/open.ts";
import { writePing } from "../protocol/frames/ping.ts";
import { writeToken } from "../protocol/frames/token.ts";
import { utf8Length } from "../protocol/text.ts";
import { AckPace } from "./ack-pace.ts";
import { CommitHorizon } from "./commit-horizon.ts";
import { beginClosing, endingOf, isViolation } from "./ending.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Limits } from "./limits.ts";
import { SessionMachine } from "./machine.ts";
import type { MachineHost, Outlet } from "./ports.ts";
import type { SessionRecord } from "./record.ts";
import { ReplyReceipts } from "./reply-receipts.ts";
import { ServerRooms } from "./server-rooms.ts";

/** What the server's side of a session asks of the server around it. */
export interface ServerHost extends MachineHost {
  /** An end was decided on: commit the tombstone, then call `tombstoned`. */
  onTombstone(): void;
  /** Nobody adopted what was restored from a record. It is let go here, and stays on record. */
  onForgotten(): void;
  /** The client offers a credential on the live session: check it, then call `authed`. False: too many are waiting. */
  onAuth(credential: Uint8Array): boolean;
  /** A fresh token, `resumeWindowMs` ahead. */
  token(): string;
  /** Something that the record holds has changed. Durable sessions only. */
  onRecordChanged(): void;
}

const NONE: readonly string[] = [];
const NO_DATA = new Uint8Array(0);
/** Copies of a client that are remembered as superseded. An older one is still refused, for being behind. */
const PAST_INSTANCES = 16;

/** The numbers with which a session begins, when its client had already spoken to an earlier one of the same id. */
export interface StartNumbers {
  readonly received: number;
  readonly sent: number;
}

/** The server's side of a session. Created at adoption, never before. */
export class ServerMachine extends SessionMachine {
  readonly identityHash: string;
  /** Which copy of the client carries the session, and the number of its dial. */
  instance = "";
  attempt = -1;
  /** CRC-32 of the payloads 1..received. */
  checksum = 0;
  /** A client has adopted it. Between its record and that, a session that was restored does nothing. */
  isAdopted = false;
  readonly #host: ServerHost;
  /** Durable sessions only. */
  readonly #horizon: CommitHorizon | undefined;
  readonly #heartbeat: Heartbeat;
  /** None before there is a reply: most sessions never send one. */
  #receipts: ReplyReceipts | undefined;
  readonly rooms = new ServerRooms();
  #pastInstances: readonly string[] = NONE;
  #hasAskedForTombstone = false;
  #tombstoned = false;
  #expired = false;
  #windowOverAt = Number.POSITIVE_INFINITY;
  #tokenAt = Number.POSITIVE_INFINITY;
  /** The next record that is committed outlives the token that the client then gets. */
  #tokenAwaitsRecord = false;
  #credentialExpiresAt = Number.POSITIVE_INFINITY;
  /** Where `messagesPerSecond` is set: what may be acknowledged, and when to look again. */
  #pace: AckPace | undefined;
  #paceAt = Number.POSITIVE_INFINITY;

  constructor(
    host: ServerHost,
    limits: Limits,
    options: { readonly id: string; readonly identityHash: string; readonly durable: boolean },
    now: number,
  ) {
    super(host, limits, "open", now);
    this.#host = host;
    this.id = options.id;
    this.identityHash = options.identityHash;
    this.#horizon = options.durable ? new CommitHorizon() : undefined;
    this.#heartbeat = new Heartbeat(limits.heartbeatMs);
  }

  /** Numbers on from where the client was: its session was lost, or its adoption was. */
  startFrom(numbers: StartNumbers): void {
    this.receiving.startAfter(numbers.received);
    this.sending.startAfter(numbers.sent);
    this.#horizon?.startAfter(numbers.sent, numbers.received, 0);
    const { messagesPerSecond } = this.limits;
    if (messagesPerSecond > 0) this.#pace = new AckPace(messagesPerSecond, numbers.received, this.now);
  }

  /** Takes over what a record holds. The session is then detached, until its client is adopted. */
  restore(record: SessionRecord, now: number): void {
    this.instance = record.instance;
    this.attempt = record.attempt;
    this.checksum = record.checksum;
    this.#pastInstances = [...record.pastInstances];
    this.startFrom({ received: record.processed, sent: record.acknowledged });
    for (const { sequence, flags, repliesTo, payload } of record.unacknowledged) {
      const byteLength = typeof payload === "string" ? utf8Length(payload) : payload.byteLength;
      this.sending.push({ sequence, flags, repliesTo, payload, byteLength });
    }
    // The last ones may be replies that were forgotten.
    this.sending.last = record.sent;
    this.#horizon?.startAfter(record.sent, record.processed, record.checksum);
    this.connections = 1;
    this.transition("lost");
    if (record.ending !== undefined) {
      this.closing = beginClosing(record.ending, record.processed);
      this.transition("ending");
    }
    this.#windowOverAt = now + this.limits.openTimeoutMs;
    this.host.wake(this.#windowOverAt);
  }

  /** What of the machine has to survive the server. */
  record(): Omit<SessionRecord, "identity" | "granted" | "state" | "runs"> {
    const { sending } = this;
    return {
      id: this.id,
      identityHash: this.identityHash,
      instance: this.instance,
      pastInstances: this.#pastInstances,
      attempt: this.attempt,
      processed: this.processed,
      checksum: this.#horizon?.checksum ?? this.checksum,
      sent: sending.last,
      acknowledged: sending.acknowledged,
      unacknowledged: sending.unacknowledged(),
      rooms: this.rooms.record(),
      ending: this.ending && endingOf(this.ending),
    };
  }

  get pastInstances(): readonly string[] {
    return this.#pastInstances;
  }

  protected override get sendable(): number {
    return this.#horizon?.sent ?? this.sending.last;
  }

  protected override get acknowledgeable(): number {
    // A handler's last message is acknowledged when its end is on record: a server killed in between gets it again, and
    // ends again, where it would otherwise be revived for a client that has nothing more to say.
    if (this.isEnding && !this.#tombstoned) return this.receiving.told;
    const until = this.#horizon?.processed ?? this.processed;
    return this.#pace === undefined ? until : Math.min(until, this.#pace.allowed);
  }

  /** The record with these numbers is committed: what depends on it may leave. */
  committed(sent: number, processed: number, now: number): void {
    this.now = now;
    this.#horizon?.commit(sent, processed);
    this.rooms.recorded(this.outlet);
    if (this.#tokenAwaitsRecord) this.#sayToken();
    this.wire();
    this.acknowledgeSoon();
  }

  override acknowledge(sequence: number, bytes: number, now?: number): void {
    // What CLOSE says was received stands: what settles afterwards changes nothing.
    if (this.isEnding) return;
    const before = this.processed;
    super.acknowledge(sequence, bytes, now);
    this.#holdBack();
    if (this.#horizon === undefined || this.processed === before) return;
    this.#horizon.advance(this.processed - before);
    this.#host.onRecordChanged();
  }

  /** Looks again later at acknowledgements that the pace does not allow yet. */
  #holdBack(): void {
    const pace = this.#pace;
    if (pace === undefined || pace.allowed >= this.processed || this.#paceAt !== Number.POSITIVE_INFINITY) return;
    this.#paceAt = pace.nextLook(this.now);
    this.host.wake(this.#paceAt);
  }

  override send(payload: string | Uint8Array, flags: number, repliesTo = 0): number {
    const sequence = super.send(payload, flags, repliesTo);
    if (this.#horizon !== undefined && sequence !== 0) this.#host.onRecordChanged();
    return sequence;
  }

  /**
   * A connection adopts the session: its client has shown, by a frame after OPENED, that it knows the answer. Whatever
   * connection was attached gets `replaced`. The caller (`Admission`) has checked that this may be.
   */
  adopt(outlet: Outlet, open: OpenFrame, now: number): void {
    if (this.instance !== "" && this.instance !== open.instance) {
      this.#pastInstances = [...this.#pastInstances, this.instance].slice(-PAST_INSTANCES);
    }
    this.isAdopted = true;
    const previous = this.outlet;
    if (previous !== undefined) this.#dismiss(previous, "replaced", "client");
    this.instance = open.instance;
    this.attempt = open.attempt;
    this.setPeerWindow(open.windowMessages, open.windowBytes);
    this.#heartbeat.start(now);
    if (this.sending.replies > 0) this.#receipts ??= new ReplyReceipts(this.sending, this.limits);
    this.#receipts?.attach(open.received);
    this.#tokenAt = now + this.limits.resumeWindowMs / 4;
    this.#windowOverAt = Number.POSITIVE_INFINITY;
    this.attach(outlet, open.received, now);
    this.host.wake(Math.min(this.#heartbeat.at, this.#tokenAt));
    this.#tokenAwaitsRecord = this.#horizon !== undefined && this.connections > 1;
    if (this.connections > 1) this.rooms.resume(open.rooms, outlet);
    else this.rooms.begin(open.rooms);
    if (this.#horizon !== undefined) this.#host.onRecordChanged();
    this.sayClose();
  }

  /** Ends a connection, with the reason, and not the session. */
  #dismiss(outlet: Outlet, name: CloseName, by: CloseBeginner): void {
    const { code } = CLOSE_CODES[name];
    const { sending, received } = this;
    writeClose(outlet.writer, { code, reason: "", retryAfterMs: 0, by, sent: sending.last, received });
    outlet.flush();
    outlet.end(code);
    this.#detach(this.now);
  }

  /** Whether the session's window has room for so many bytes of entries. If not, its rooms are told when it has. */
  admitsRoomBytes(bytes: number): boolean {
    const used = this.sending.bytes + this.roomBytes;
    if (used === 0 || used + bytes <= this.limits.sessionWindowBytes) return true;
    this.rooms.wait();
    return false;
  }

  /** One frame from the attached connection. */
  receive(frame: Frame, now: number): void {
    this.now = now;
    this.#heartbeat.heard(now);
    switch (frame.type) {
      case FrameType.message:
        this.onMessage(frame);
        break;
      case FrameType.ack:
        if (frame.alias === 0) this.onAck(frame.number);
        else this.rooms.get(frame.alias)?.onAcknowledged(frame.number);
        break;
      case FrameType.ping:
        this.onPing(frame);
        break;
      case FrameType.pong:
        if (this.#receipts?.onPong(frame.data) === true) {
          this.host.onAcknowledged();
          this.outlet?.flush();
        }
        break;
      case FrameType.close:
        this.#onClose(frame);
        break;
      case FrameType.auth:
        this.#onAuth(frame.credential);
        break;
      default:
        this.fail("protocol-error", "a client does not send this frame");
    }
  }

  protected override onMessage(frame: MessageFrame): void {
    if (this.isEnding) return;
    // Before the frame is given away: the application may keep nothing of it.
    if (frame.sequence === this.received + 1) {
      this.checksum = crc32(frame.source, frame.start, frame.end, this.checksum);
      this.#horizon?.received(this.checksum);
    }
    super.onMessage(frame);
  }

  #onClose(frame: CloseFrame): void {
    if (!endsSession(frame.code)) {
      this.outlet?.end(frame.code);
      this.detach(this.now);
      return;
    }
    if (this.closing === undefined) {
      this.end({ code: frame.code, reason: frame.reason, by: "client" });
    }
    // The server's word on how it ended stands; the client's figures complete it, and it will acknowledge no more.
    if (this.closing === undefined) return;
    this.closing.answer = frame;
    this.closing.forced = true;
    if (this.closing.said) this.bury(frame);
    else this.sayClose();
  }

  protected receivedAtEnd(): number {
    // The handler is stopped, or has returned: what it is not done with goes back to the client as undelivered.
    return this.processed;
  }

  protected override onEnding(): void {
    // A durable session's record says that it is ending, so its tombstone, which takes the record's place, can wait until
    // what was sent is acknowledged. Any other session would come back to life if its server were killed before.
    if (this.#horizon === undefined) this.#askForTombstone();
    else this.#host.onRecordChanged();
  }

  #askForTombstone(): void {
    if (this.#hasAskedForTombstone) return;
    this.#hasAskedForTombstone = true;
    this.#host.onTombstone();
  }

  /** The tombstone is committed: a resume gets the same CLOSE from now on, and so may the client. */
  tombstoned(now: number): void {
    this.now = now;
    this.#tombstoned = true;
    this.#buryIfLeft();
    this.sayClose();
  }

  /** Whoever stayed away for too long, was kicked or broke a rule is not waited for: the tombstone has the last word. */
  #buryIfLeft(): void {
    const { closing, outlet } = this;
    if (closing === undefined || outlet !== undefined || !this.#tombstoned) return;
    const isUnwanted = closing.code === CLOSE_CODES.kicked.code || isViolation(closing.code);
    if (this.#expired || isUnwanted) this.bury(closing.answer);
  }

  protected override mayClose(): boolean {
    this.#askForTombstone();
    return this.#tombstoned;
  }

  #onAuth(credential: Uint8Array): void {
    if (credential.byteLength > this.limits.maxOpenBytes) this.fail("protocol-error", "a credential is too long");
    else if (!this.#host.onAuth(credential)) this.fail("protocol-error", "too many credentials wait for an answer");
  }

  /** The credential offered by AUTH was judged. */
  authed(accepted: boolean, expiresAt: number | undefined, now: number): void {
    this.now = now;
    const { outlet } = this;
    if (outlet === undefined) return;
    if (accepted) this.setCredentialExpiry(expiresAt);
    writeAuthed(outlet.writer, accepted, accepted && expiresAt !== undefined ? Math.max(1, expiresAt - now) : 0);
    outlet.flush();
  }

  /** When the credential ends and has not been renewed, the session closes with `unauthenticated`. */
  setCredentialExpiry(expiresAt: number | undefined): void {
    this.#credentialExpiresAt = expiresAt ?? Number.POSITIVE_INFINITY;
    if (expiresAt !== undefined) this.host.wake(expiresAt);
  }

  override detach(now: number): void {
    this.#detach(now);
    this.#buryIfLeft();
  }

  #detach(now: number): void {
    if (this.outlet === undefined) return;
    super.detach(now);
    this.#heartbeat.stop();
    this.#tokenAt = Number.POSITIVE_INFINITY;
    // Whoever comes back shows one again.
    this.#credentialExpiresAt = Number.POSITIVE_INFINITY;
    this.#windowOverAt = now + this.limits.resumeWindowMs;
    this.host.wake(this.#windowOverAt);
    this.rooms.detached();
  }

  override beforeFlush(now: number): void {
    super.beforeFlush(now);
    if (this.sending.replies === 0 || this.outlet === undefined || this.hasSaidClose) return;
    this.#receipts ??= new ReplyReceipts(this.sending, this.limits);
    this.#receipts.ask(this.outlet.writer, this.wired);
  }

  override onTime(now: number): number {
    const next = super.onTime(now);
    if (this.state === "closed") return Number.POSITIVE_INFINITY;
    if (now >= this.#heartbeat.at) this.#checkLine(now);
    if (now >= this.#tokenAt && this.outlet !== undefined) {
      this.#tokenAt = now + this.limits.resumeWindowMs / 4;
      this.#tokenAwaitsRecord = this.#horizon !== undefined;
      // A record that nothing changes must not run out under a session that lives.
      if (this.#tokenAwaitsRecord) this.#host.onRecordChanged();
      else this.#sayToken();
    }
    if (now >= this.#paceAt) {
      this.#paceAt = Number.POSITIVE_INFINITY;
      this.#pace?.advance(now, this.receiving.told);
      this.acknowledgeSoon();
      this.#holdBack();
    }
    if (now >= this.#credentialExpiresAt) {
      this.#credentialExpiresAt = Number.POSITIVE_INFINITY;
      this.end({ code: CLOSE_CODES.unauthenticated.code, reason: "the credential has expired", by: "server" });
    }
    if (now >= this.#windowOverAt) this.#windowOver();
    return Math.min(
      next,
      this.forceAt,
      this.#heartbeat.at,
      this.#tokenAt,
      this.#paceAt,
      this.#credentialExpiresAt,
      this.#windowOverAt,
    );
  }

  #sayToken(): void {
    this.#tokenAwaitsRecord = false;
    const { outlet } = this;
    if (outlet === undefined || this.isEnding) return;
    writeToken(outlet.writer, this.#host.token());
    outlet.flush();
  }

  /** The client did not come back in time. */
  #windowOver(): void {
    this.#windowOverAt = Number.POSITIVE_INFINITY;
    if (!this.isAdopted) {
      this.#host.onForgotten();
      return;
    }
    this.#expired = true;
    this.end({
      code: CLOSE_CODES["session-expired"].code,
      reason: "the client did not come back in time",
      by: "network",
    });
    this.#askForTombstone();
    this.#buryIfLeft();
  }

  /** Pings a line that was quiet, or gives up one that is dead. The session outlives it. */
  #checkLine(now: number): void {
    const { outlet } = this;
    if (outlet === undefined) return;
    const verdict = this.#heartbeat.check(now, outlet.wroteAt);
    if (verdict === "ping") {
      writePing(outlet.writer, NO_DATA);
      outlet.flush();
    } else if (verdict === "give-up") {
      this.#dismiss(outlet, "heartbeat-timeout", "network");
    }
  }

  /**
   * Tells the client to come back later, or elsewhere, and lets go of the session without ending it: its record, if it
   * has one, stays. `sent` bounds what a client may have missed if nobody knows the session any more.
   */
  goAway(retryAfterMs: number, now: number): void {
    if (this.isEnding) return;
    this.now = now;
    const { outlet } = this;
    const { code } = CLOSE_CODES["going-away"];
    const words = { code, reason: "the server is going away", retryAfterMs, by: "server" } as const;
    if (outlet !== undefined) {
      // There will be no later chance to acknowledge, however fast it came.
      this.#pace = undefined;
      this.receiving.tellAgain();
      this.beforeFlush(now);
      writeClose(outlet.writer, { ...words, sent: this.sending.last, received: this.processed });
      outlet.flush();
    }
    this.abandon(words);
  }
}
