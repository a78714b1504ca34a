import { CLOSE_CODES, clientAction, endsSession } from "../protocol/close-codes.ts";
import { type AuthedFrame, writeAuth } from "../protocol/frames/auth.ts";
import { type CloseFrame, writeClose } from "../protocol/frames/close.ts";
import { type Frame, FrameType } from "../protocol/frames/frame.ts";
import { GAP_REASONS, type GapReason } from "../protocol/frames/gap.ts";
import { writeOpen } from "../protocol/frames/open.ts";
import type { OpenedFrame } from "../protocol/frames/opened.ts";
import { ClientOutbox, type OutboxSnapshot } from "./client-outbox.ts";
import { ClientRooms, type RoomsHost, type RoomVerdict } from "./client-rooms.ts";
import type { RoomCursor } from "./close-info.ts";
import type { Limits } from "./limits.ts";
import { SessionMachine } from "./machine.ts";
import type { MachineHost, Outlet } from "./ports.ts";

/** Which of the three answers a dial got. */
export type Origin = "new" | "resumed" | "revived";

/** What the client's side of a session tells, besides what every session does. */
export interface ClientHost extends MachineHost, RoomsHost {
  /** OPENED came and was adopted. */
  onOpened(origin: Origin): void;
  /** Part of what the server had sent is gone: `to` is 0 when nobody knows how much. */
  onStreamGap(from: number, to: number, reason: GapReason): void;
  /** The connection is given up: dial again, not before `retryAfterMs`. */
  onDisconnected(why: Disconnection): void;
  /** The server refused OPEN's credential. True: the next dial has another; false: this is the end. */
  onCredentialRefused(): boolean;
  onAuthed(accepted: boolean, expiresInMs: number): void;
  /** The server renewed the token. */
  onToken(): void;
}

/** Why a connection was given up. `code` is what the server's CLOSE said; 0 without one. */
export type Disconnection = Pick<CloseFrame, "code" | "reason" | "retryAfterMs">;

/** What a client needs to go on after a reload: everything that OPEN says. */
export interface ClientSnapshot extends OutboxSnapshot {
  readonly id: string;
  readonly token: string;
  readonly taken: number;
  readonly cursors: readonly RoomCursor[];
}

/** The client's side of a session, through any number of dials. */
export class ClientMachine extends SessionMachine {
  protected readonly role = "client";
  /** Random, kept in memory only: a copy of this client has another. */
  readonly instance: string;
  token = "";
  heartbeatMs: number;
  maxMessageBytes: number;
  /** When the credential ends, in milliseconds from the last OPENED or AUTHED; 0: never. */
  expiresInMs = 0;
  readonly #host: ClientHost;
  readonly #rooms: ClientRooms;
  readonly #outbox: ClientOutbox;
  /** How far a store has the session, if there is one: a reloaded page must not be behind its server. */
  #kept: { readonly sent: number; readonly taken: number } | undefined;
  #attempt = 0;
  #dialing: Outlet | undefined;
  #openBy = Number.POSITIVE_INFINITY;
  #heardAt = 0;
  /** The last number of a server that went away in order, and nobody has spoken since. */
  #lastSent: number | undefined;
  /** The number after which a gap without a known end was reported last, so that it is reported once. */
  #gapAfter = -1;

  constructor(
    host: ClientHost,
    limits: Limits,
    options: {
      readonly instance: string;
      readonly cursors?: readonly RoomCursor[] | undefined;
      readonly snapshot?: ClientSnapshot | undefined;
    },
    now: number,
  ) {
    const outbox = new ClientOutbox();
    super(host, limits, "connecting", now, outbox);
    this.#host = host;
    this.#outbox = outbox;
    this.instance = options.instance;
    this.heartbeatMs = limits.heartbeatMs;
    this.maxMessageBytes = limits.maxMessageBytes;
    const { snapshot } = options;
    this.#rooms = new ClientRooms(host, snapshot?.cursors ?? options.cursors ?? []);
    if (snapshot !== undefined) this.#restore(snapshot);
  }

  #restore(snapshot: ClientSnapshot): void {
    this.id = snapshot.id;
    this.token = snapshot.token;
    this.receiving.startAfter(snapshot.taken);
    this.#outbox.restore(snapshot);
  }

  /** What to store so that a reloaded client can go on. */
  snapshot(): ClientSnapshot {
    return {
      id: this.id,
      token: this.token,
      taken: this.processed,
      ...this.#outbox.snapshot(),
      cursors: this.#rooms.cursors(),
    };
  }

  /** A store has this snapshot; `undefined`: there is none any more. Nothing beyond it goes on the wire. */
  onKept(snapshot: ClientSnapshot | undefined, now: number): void {
    this.now = now;
    this.#kept = snapshot && { sent: snapshot.acknowledged + snapshot.outbox.length, taken: snapshot.taken };
    this.wire();
    this.acknowledgeSoon();
  }

  protected override get sendable(): number {
    return this.#kept?.sent ?? this.sending.last;
  }

  protected override get acknowledgeable(): number {
    return this.#kept?.taken ?? this.processed;
  }

  /** Asks for the session on a new connection. Nothing else is sent on it until OPENED has come. */
  dial(outlet: Outlet, credential: Uint8Array, now: number): void {
    this.now = now;
    this.#attempt += 1;
    this.#dialing = outlet;
    this.#openBy = now + this.limits.openTimeoutMs;
    this.#rooms.forgetAliases();
    writeOpen(outlet.writer, {
      sessionId: this.id,
      token: this.token,
      instance: this.instance,
      attempt: this.#attempt,
      received: this.received,
      acked: this.sending.acknowledged,
      sent: this.sendable,
      windowMessages: this.limits.windowMessages,
      windowBytes: this.limits.windowBytes,
      rooms: this.#rooms.listed(),
      credential,
    });
    outlet.flush();
    this.host.wake(this.#openBy);
  }

  /** One frame from the connection that was dialed last. */
  receive(frame: Frame, now: number): void {
    this.now = now;
    this.#heardAt = now;
    if (this.outlet === undefined) {
      if (frame.type === FrameType.opened) this.#onOpened(frame);
      else if (frame.type === FrameType.close) this.#onClose(frame);
      else this.fail("protocol-error", "the server spoke before OPENED");
      return;
    }
    switch (frame.type) {
      case FrameType.message:
        this.onMessage(frame);
        break;
      case FrameType.entry:
        this.#onVerdict(this.#rooms.onEntry(frame));
        break;
      case FrameType.ack:
        if (frame.alias === 0) this.onAck(frame.number);
        break;
      case FrameType.joined:
        this.#rooms.onJoined(frame, this.outlet);
        break;
      case FrameType.left:
        this.#rooms.onLeft(frame.name);
        break;
      case FrameType.gap:
        this.#onVerdict(this.#rooms.onGap(frame, GAP_REASONS[frame.reason]));
        break;
      case FrameType.ping:
        // The heartbeat carries what the rooms have to tell.
        this.#rooms.tellAll(this.outlet);
        this.onPing(frame);
        break;
      case FrameType.pong:
        break;
      case FrameType.close:
        this.#onClose(frame);
        break;
      case FrameType.authed:
        this.#onAuthed(frame);
        break;
      case FrameType.token:
        this.token = frame.token;
        this.#host.onToken();
        break;
      default:
        this.fail("protocol-error", "a server does not send this frame");
    }
  }

  #onOpened(frame: OpenedFrame): void {
    const outlet = this.#dialing;
    if (outlet === undefined) return;
    if (this.id !== "" && frame.sessionId !== this.id) {
      this.fail("protocol-error", "OPENED named another session");
      return;
    }
    if (frame.origin === "resumed") {
      // A copy of this client went on without it: the server has what this one never sent, or something else.
      const ahead = frame.received > this.#outbox.last;
      if (ahead || this.#outbox.checksumAt(frame.received) !== frame.checksum) {
        this.#superseded("a copy of this client carries the session");
        return;
      }
    } else {
      this.#outbox.restartChecksums();
    }
    this.#dialing = undefined;
    this.#openBy = Number.POSITIVE_INFINITY;
    this.id = frame.sessionId;
    this.token = frame.token;
    this.heartbeatMs = frame.heartbeatMs;
    this.maxMessageBytes = frame.maxMessageBytes;
    this.expiresInMs = frame.expiresInMs;
    this.setPeerWindow(frame.windowMessages, frame.windowBytes);
    if (frame.origin === "revived") {
      this.receiving.restart();
      this.#reportRevival();
    }
    this.#lastSent = undefined;
    // The first frame after OPENED adopts the session: what has to be sent again, and an ACK in any case.
    this.attach(outlet, frame.received, this.now);
    this.host.wake(this.now + 2 * this.heartbeatMs);
    this.#host.onOpened(frame.origin);
    this.sayClose();
  }

  /** What the last server had sent and this client had not received is gone. */
  #reportRevival(): void {
    const { received } = this;
    const to = this.#lastSent;
    if (to === undefined ? this.#gapAfter === received : to <= received) return;
    if (to === undefined) this.#gapAfter = received;
    this.#host.onStreamGap(received + 1, to ?? 0, "server-restarted");
  }

  /** Another copy carries the session: this one stops, and leaves the session alone. */
  #superseded(reason: string): void {
    const { code } = CLOSE_CODES.replaced;
    if (this.closing === undefined) this.end({ code, reason, by: "server" });
    this.adoptEnding({ type: FrameType.close, code, reason, by: "server", retryAfterMs: 0, sent: 0, received: 0 });
    this.bury(undefined);
  }

  #onVerdict(verdict: RoomVerdict): void {
    if (verdict === "unknown") this.fail("protocol-error", "an entry of a room that was not joined");
    else if (verdict === "missed") this.#giveUp(unsaid("an entry was missed"));
  }

  #onAuthed(frame: AuthedFrame): void {
    if (frame.accepted) this.expiresInMs = frame.expiresInMs;
    this.#host.onAuthed(frame.accepted, frame.expiresInMs);
  }

  #onClose(frame: CloseFrame): void {
    const opened = this.outlet !== undefined;
    const action = clientAction(frame.code);
    if (action === "authenticate" && !opened && this.#host.onCredentialRefused()) {
      this.#giveUp(frame);
    } else if (!endsSession(frame.code)) {
      if (opened && frame.code === CLOSE_CODES["going-away"].code) this.#lastSent = frame.sent;
      if (action === "stop") this.#superseded(frame.reason);
      else this.#giveUp(frame);
    } else {
      // The server's word on how it ended stands.
      if (this.closing === undefined) this.end({ code: frame.code, reason: frame.reason, by: frame.by });
      const { closing } = this;
      if (closing === undefined) return;
      const answered = closing.said;
      this.adoptEnding(frame);
      const outlet = this.outlet ?? this.#dialing;
      if (!answered && outlet !== undefined) {
        writeClose(outlet.writer, this.closeFrame());
        outlet.flush();
        if (!opened) outlet.end();
      }
      this.#dialing = undefined;
      // A refused OPEN knows nothing of the session; a tombstone knows it all.
      const refused = !opened && frame.received < this.sending.acknowledged;
      this.bury(refused || (!opened && isRefusal(frame.code)) ? undefined : frame);
    }
  }

  /** Leaves the connection as it is and asks for another. */
  #giveUp(why: Disconnection): void {
    const outlet = this.outlet ?? this.#dialing;
    this.disconnected(this.now);
    outlet?.end();
    this.#host.onDisconnected(why);
  }

  /** Ends the session on this side alone: the server, which cannot be reached, may still hold it. */
  endUnreachable(reason: string, now: number): void {
    this.end({ code: CLOSE_CODES["session-expired"].code, reason, by: "network" }, now);
    this.bury(undefined);
  }

  /** Whether this is the connection that was dialed last; any other is history. */
  isCurrent(outlet: Outlet): boolean {
    return outlet === this.outlet || outlet === this.#dialing;
  }

  /** The connection that was dialed last is gone. */
  disconnected(now: number): void {
    this.#dialing = undefined;
    this.#openBy = Number.POSITIVE_INFINITY;
    this.detach(now);
  }

  protected override bury(answer: CloseFrame | undefined): void {
    this.#dialing?.end();
    this.#dialing = undefined;
    super.bury(answer);
  }

  protected receivedAtEnd(): undefined {
    // What arrives before CLOSE is said will still be given to the application.
  }

  protected override onEnding(): void {
    // Before its first OPENED there is nobody to tell.
    if (this.id === "") this.bury(undefined);
  }

  /** The application is done with a room's entry. */
  takeEntry(room: string, offset: number, bytes: number): void {
    this.#rooms.take(room, offset, bytes, this.windowMessages, this.windowBytes, this.outlet);
  }

  /** Offers a new credential on the live session; `onAuthed` has the answer. False without a connection. */
  reauthenticate(credential: Uint8Array): boolean {
    if (this.outlet === undefined) return false;
    writeAuth(this.outlet.writer, credential);
    this.outlet.flush();
    return true;
  }

  override onTime(now: number): number {
    const next = super.onTime(now);
    if (this.state === "closed") return Number.POSITIVE_INFINITY;
    if (now >= this.#openBy) this.#giveUp(unsaid("the server did not answer OPEN in time"));
    const silentUntil = this.#heardAt + 2 * this.heartbeatMs;
    if (this.outlet !== undefined && now >= silentUntil) this.#giveUp(unsaid("the server fell silent"));
    return Math.min(
      next,
      this.forceAt,
      this.#openBy,
      this.outlet === undefined ? Number.POSITIVE_INFINITY : silentUntil,
    );
  }

  protected override cursors(): readonly RoomCursor[] {
    return this.#rooms.cursors();
  }
}

/** A disconnection that no CLOSE announced. */
export function unsaid(reason: string): Disconnection {
  return { code: 0, reason, retryAfterMs: 0 };
}

/** Codes with which a server refuses an OPEN without knowing the session. */
function isRefusal(code: number): boolean {
  const { unauthenticated, forbidden } = CLOSE_CODES;
  return (
    code === unauthenticated.code ||
    code === forbidden.code ||
    code === CLOSE_CODES["session-expired"].code ||
    code === CLOSE_CODES["protocol-error"].code
  );
}
