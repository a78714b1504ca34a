import { CLOSE_CODES, endsSession } from "../protocol/close-codes.ts";
import { crc32 } from "../protocol/crc32.ts";
import { writeAuthed } from "../protocol/frames/auth.ts";
import { type CloseFrame, writeClose } from "../protocol/frames/close.ts";
import { type Frame, FrameType } from "../protocol/frames/frame.ts";
import { writeLeft } from "../protocol/frames/left.ts";
import type { MessageFrame } from "../protocol/frames/message.ts";
import type { OpenFrame } from "../protocol/frames/open.ts";
import { writePing } from "../protocol/frames/ping.ts";
import { writeToken } from "../protocol/frames/token.ts";
import { AckPace } from "./ack-pace.ts";
import type { Limits } from "./limits.ts";
import { SessionMachine } from "./machine.ts";
import type { MachineHost, OfferedCursor, Outlet, RoomStream } from "./ports.ts";
import { Queue } from "./queue.ts";
import type { SessionRecord } from "./record.ts";

/** What the server's side of a session asks of the server around it. */
export interface ServerHost extends MachineHost {
  /** An end was decided on: commit the tombstone, then call `tombstoned`. */
  onTombstone(): void;
  /** The client offers a credential on the live session: check it, then call `authed`. */
  onAuth(credential: Uint8Array): void;
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
  protected readonly role = "server";
  readonly identityHash: string;
  /** Which copy of the client carries the session, and the number of its dial. */
  instance = "";
  attempt = -1;
  /** CRC-32 of the payloads 1..received. */
  checksum = 0;
  readonly #host: ServerHost;
  readonly #durable: boolean;
  /** Durable: the checksum as of `processed`, and those of what was received since. */
  #processedChecksum = 0;
  readonly #checksums = new Queue<number>();
  // Most sessions are in no room: an empty map each would be a tenth of an idle session.
  #rooms: Map<number, RoomStream> | undefined;
  #offered: Map<string, OfferedCursor> | undefined;
  #pastInstances: readonly string[] = NONE;
  /** A room found the session's window full. */
  #roomsWait = false;
  #tombstoned = false;
  #expired = false;
  #takesNothing = false;
  #committedSent: number;
  #committedProcessed: number;
  #heardAt: number;
  #wroteAt: number;
  #heartbeatAt = Number.POSITIVE_INFINITY;
  #windowOverAt = Number.POSITIVE_INFINITY;
  #tokenAt = Number.POSITIVE_INFINITY;
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
    this.#durable = options.durable;
    this.#committedSent = 0;
    this.#committedProcessed = 0;
    this.#heardAt = now;
    this.#wroteAt = now;
  }

  /** Numbers on from where the client was: its session was lost, or its adoption was. */
  startFrom(numbers: StartNumbers): void {
    this.received = numbers.received;
    this.processed = numbers.received;
    this.told = numbers.received;
    this.#committedProcessed = numbers.received;
    this.sending.startAfter(numbers.sent);
    this.#committedSent = numbers.sent;
    const { messagesPerSecond } = this.limits;
    if (messagesPerSecond > 0) this.#pace = new AckPace(messagesPerSecond, numbers.received, this.now);
  }

  /** Takes over what a record holds. The session is then detached, until its client is adopted. */
  restore(record: SessionRecord, now: number): void {
    this.instance = record.instance;
    this.attempt = record.attempt;
    this.checksum = record.checksum;
    this.#processedChecksum = record.checksum;
    this.#pastInstances = [...record.pastInstances];
    this.startFrom({ received: record.processed, sent: record.acknowledged });
    for (const { sequence, flags, repliesTo, payload } of record.unacknowledged) {
      const byteLength = typeof payload === "string" ? payload.length : payload.byteLength;
      this.keep({ sequence, flags, repliesTo, payload, byteLength });
    }
    this.#committedSent = record.sent;
    this.transition("lost");
    this.#windowOverAt = now + this.limits.resumeWindowMs;
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
      checksum: this.#processedChecksum,
      sent: sending.last,
      acknowledged: sending.acknowledged,
      unacknowledged: sending.unacknowledged(),
      rooms: [...this.rooms].map(({ room, epoch, acknowledged }) => ({ room, epoch, cursor: acknowledged })),
    };
  }

  get pastInstances(): readonly string[] {
    return this.#pastInstances;
  }

  protected override get sendable(): number {
    return this.#durable ? this.#committedSent : this.sending.last;
  }

  protected override get acknowledgeable(): number {
    const until = this.#durable ? this.#committedProcessed : this.processed;
    return this.#pace === undefined ? until : Math.min(until, this.#pace.allowed);
  }

  /** The record with these numbers is committed: what depends on it may leave. */
  committed(sent: number, processed: number): void {
    this.#committedSent = Math.max(this.#committedSent, sent);
    this.#committedProcessed = Math.max(this.#committedProcessed, processed);
    this.wire();
    this.acknowledgeSoon();
  }

  override acknowledge(sequence: number, bytes: number): void {
    // What CLOSE says was received stands: what settles afterwards changes nothing.
    if (this.isEnding) return;
    const before = this.processed;
    super.acknowledge(sequence, bytes);
    this.#holdBack();
    if (!this.#durable || this.processed === before) return;
    for (let number = before; number < this.processed; number += 1) {
      this.#processedChecksum = this.#checksums.shift() ?? this.#processedChecksum;
    }
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
    if (this.#durable && sequence !== 0) this.#host.onRecordChanged();
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
    const previous = this.outlet;
    if (previous !== undefined) this.#replace(previous);
    this.instance = open.instance;
    this.attempt = open.attempt;
    this.setPeerWindow(open.windowMessages, open.windowBytes);
    this.#heardAt = now;
    this.#wroteAt = now;
    this.#heartbeatAt = now + this.limits.heartbeatMs;
    this.#tokenAt = now + this.limits.resumeWindowMs / 4;
    this.#windowOverAt = Number.POSITIVE_INFINITY;
    this.attach(outlet, open.received, now);
    this.host.wake(Math.min(this.#heartbeatAt, this.#tokenAt));
    this.#resumeRooms(outlet, open);
    if (this.#durable) this.#host.onRecordChanged();
    this.sayClose();
  }

  #replace(outlet: Outlet): void {
    const { code } = CLOSE_CODES.replaced;
    const figures = { sent: this.sending.last, received: this.received };
    writeClose(outlet.writer, { code, reason: "", retryAfterMs: 0, by: "client", ...figures });
    outlet.flush();
    outlet.end();
    this.detach(this.now);
  }

  /** Rooms that the client listed and is not in get LEFT; rooms it is in go on from its cursor. */
  #resumeRooms(outlet: Outlet, open: OpenFrame): void {
    if (open.rooms.length === 0 && this.#rooms === undefined) return;
    const listed = new Map(open.rooms.map((room) => [room.name, room]));
    for (const stream of this.rooms) {
      stream.onResumed(listed.get(stream.room));
      listed.delete(stream.room);
    }
    if (this.connections > 1) {
      for (const name of listed.keys()) writeLeft(outlet.writer, name);
    } else {
      this.#offered = listed;
    }
  }

  /** The cursor that the client offered for a room when the session began. Given once. */
  takeOffered(room: string): OfferedCursor | undefined {
    const offered = this.#offered?.get(room);
    this.#offered?.delete(room);
    return offered;
  }

  addRoom(alias: number, stream: RoomStream): void {
    this.#rooms ??= new Map();
    this.#rooms.set(alias, stream);
  }

  removeRoom(alias: number): void {
    this.#rooms?.delete(alias);
  }

  /** Whether the session's window has room for so many bytes of entries. If not, its rooms are told when it has. */
  admitsRoomBytes(bytes: number): boolean {
    const used = this.sending.bytes + this.roomBytes;
    if (used === 0 || used + bytes <= this.limits.sessionWindowBytes) return true;
    this.#roomsWait = true;
    return false;
  }

  /** Something of the session's window was released. */
  wakeRooms(): void {
    if (!this.#roomsWait) return;
    this.#roomsWait = false;
    for (const room of this.rooms) room.onWritable();
  }

  get rooms(): Iterable<RoomStream> {
    return this.#rooms?.values() ?? [];
  }

  /** One frame from the attached connection. */
  receive(frame: Frame, now: number): void {
    this.now = now;
    this.#heardAt = now;
    switch (frame.type) {
      case FrameType.message:
        this.onMessage(frame);
        break;
      case FrameType.ack:
        if (frame.alias === 0) this.onAck(frame.number);
        else this.#rooms?.get(frame.alias)?.onAcknowledged(frame.number);
        break;
      case FrameType.ping:
        this.onPing(frame);
        break;
      case FrameType.pong:
        break;
      case FrameType.close:
        this.#onClose(frame);
        break;
      case FrameType.auth:
        this.#host.onAuth(frame.credential);
        break;
      default:
        this.end({
          code: CLOSE_CODES["protocol-error"].code,
          reason: "a client does not send this frame",
          by: "server",
        });
    }
  }

  protected override onMessage(frame: MessageFrame): void {
    if (this.#takesNothing) return;
    // Before the frame is given away: the application may keep nothing of it.
    if (frame.sequence === this.received + 1) {
      this.checksum = crc32(frame.source, frame.start, frame.end, this.checksum);
      if (this.#durable) this.#checksums.push(this.checksum);
    }
    super.onMessage(frame);
  }

  #onClose(frame: CloseFrame): void {
    if (!endsSession(frame.code)) {
      this.outlet?.end();
      this.detach(this.now);
      return;
    }
    if (this.closing === undefined) {
      this.end({ code: frame.code, reason: frame.reason, by: "client" }, this.received);
    }
    // The server's word on how it ended stands; the client's figures complete it, and it will acknowledge no more.
    if (this.closing === undefined) return;
    this.closing.answer = frame;
    this.closing.forced = true;
    if (this.closing.said) this.bury(frame);
    else this.sayClose();
  }

  protected receivedAtLocalEnd(): number {
    // The handler is stopped, or has returned: what it did not take goes back to the client as undelivered.
    return this.processed;
  }

  protected override onEnding(): void {
    this.#host.onTombstone();
  }

  /** The tombstone is committed: a resume gets the same CLOSE from now on, and so may the client. */
  tombstoned(): void {
    this.#tombstoned = true;
    if (this.#expired) this.bury(undefined);
    else this.sayClose();
  }

  protected override get mayClose(): boolean {
    return this.#tombstoned;
  }

  /** The credential offered by AUTH was judged. */
  authed(accepted: boolean, expiresAt: number | undefined, now: number): void {
    this.now = now;
    if (accepted) this.setCredentialExpiry(expiresAt);
    if (this.outlet !== undefined) {
      writeAuthed(this.outlet.writer, accepted, accepted && expiresAt !== undefined ? Math.max(1, expiresAt - now) : 0);
      this.outlet.flush();
    }
  }

  /** When the credential ends and has not been renewed, the session closes with `unauthenticated`. */
  setCredentialExpiry(expiresAt: number | undefined): void {
    this.#credentialExpiresAt = expiresAt ?? Number.POSITIVE_INFINITY;
    if (expiresAt !== undefined) this.host.wake(expiresAt);
  }

  override detach(now: number): void {
    if (this.outlet === undefined) return;
    super.detach(now);
    this.#heartbeatAt = Number.POSITIVE_INFINITY;
    this.#tokenAt = Number.POSITIVE_INFINITY;
    this.#windowOverAt = now + this.limits.resumeWindowMs;
    this.host.wake(this.#windowOverAt);
    for (const room of this.rooms) room.onDetached();
  }

  /** The connection has sent what its writer held. */
  wrote(now: number): void {
    this.#wroteAt = now;
  }

  override onTime(now: number): number {
    const next = super.onTime(now);
    if (this.state === "closed") return Number.POSITIVE_INFINITY;
    if (now >= this.#heartbeatAt) this.#heartbeat(now);
    if (now >= this.#tokenAt && this.outlet !== undefined) {
      this.#tokenAt = now + this.limits.resumeWindowMs / 4;
      if (!this.isEnding) {
        writeToken(this.outlet.writer, this.#host.token());
        this.outlet.flush();
        // A record that nothing changes must not run out under a session that lives.
        if (this.#durable) this.#host.onRecordChanged();
      }
    }
    if (now >= this.#paceAt) {
      this.#paceAt = Number.POSITIVE_INFINITY;
      this.#pace?.advance(now, this.told);
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
      this.#heartbeatAt,
      this.#tokenAt,
      this.#paceAt,
      this.#credentialExpiresAt,
      this.#windowOverAt,
    );
  }

  /** The client did not come back in time. */
  #windowOver(): void {
    this.#windowOverAt = Number.POSITIVE_INFINITY;
    this.#expired = true;
    this.end({
      code: CLOSE_CODES["session-expired"].code,
      reason: "the client did not come back in time",
      by: "network",
    });
    if (this.#tombstoned) this.bury(undefined);
  }

  /** Pings a line on which nothing was heard or written; drops one that has stayed silent for a second heartbeat. */
  #heartbeat(now: number): void {
    const { outlet } = this;
    const { heartbeatMs } = this.limits;
    if (outlet === undefined) return;
    const silentMs = now - this.#heardAt;
    if (silentMs >= 2 * heartbeatMs) {
      const { code } = CLOSE_CODES["heartbeat-timeout"];
      const figures = { sent: this.sending.last, received: this.received };
      writeClose(outlet.writer, { code, reason: "", retryAfterMs: 0, by: "network", ...figures });
      outlet.end();
      this.detach(now);
      return;
    }
    if (silentMs >= heartbeatMs || now - this.#wroteAt >= heartbeatMs) {
      writePing(outlet.writer, NO_DATA);
      this.#wroteAt = now;
      outlet.flush();
    }
    const hear = this.#heardAt + (silentMs >= heartbeatMs ? 2 : 1) * heartbeatMs;
    this.#heartbeatAt = Math.min(hear, this.#wroteAt + heartbeatMs);
  }

  /** Takes no more messages from the client: the server is about to go away, and they will be sent again. */
  stopTaking(): void {
    this.#takesNothing = true;
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
      this.beforeFlush(now);
      writeClose(outlet.writer, { ...words, sent: this.sending.last, received: this.processed });
      outlet.flush();
    }
    this.abandon(words);
  }
}
