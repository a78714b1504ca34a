import { endsSession } from "../protocol/close-codes.ts";
import { writeAuth } from "../protocol/frames/auth.ts";
import { type CloseFrame, MAX_REASON_BYTES, writeClose } from "../protocol/frames/close.ts";
import { FrameType } from "../protocol/frames/frame.ts";
import { GAP_REASONS } from "../protocol/frames/gap.ts";
import { MessageFlag } from "../protocol/frames/message.ts";
import { writeOpen } from "../protocol/frames/open.ts";
import type { OpenedFrame } from "../protocol/frames/opened.ts";
import { writePong } from "../protocol/frames/ping.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { decodeUtf8, truncateUtf8 } from "../protocol/text.ts";
import type { OutboxSnapshot } from "./client-outbox.ts";
import {
  type ClientConnection,
  type ClientHost,
  type ClientReceiver,
  type Dialer,
  type Disconnection,
  type ReceivedFrame,
  type ServerFrame,
  unsaid,
} from "./client-ports.ts";
import { ClientRooms, type RoomFault } from "./client-rooms.ts";
import { ClientStream } from "./client-stream.ts";
import { type CloseInfo, nameOfCode, type RoomCursor, streamFigures } from "./close-info.ts";
import type { Ending } from "./ending.ts";
import type { ClientLimits } from "./limits.ts";

/** What a client needs to go on after a reload: everything that OPEN says. */
export interface ClientSnapshot extends OutboxSnapshot {
  readonly id: string;
  readonly token: string;
  readonly taken: number;
  readonly cursors: readonly RoomCursor[];
}

/** An ending that was decided on, and how far it has come. */
interface Closing extends Required<Ending> {
  /** The last of the server's messages that count as received; settled when CLOSE is said: no more are taken then. */
  received: number | undefined;
  /** CLOSE has been written to the connection that is attached now. */
  isSaid: boolean;
  /** Unacknowledged output is not, or no longer, waited for. */
  isForced: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Replies that may be on their way, in windows (bytes: of the whole session). */
const MOST_REPLY_WINDOWS = 32;

/** Codes with which a server refuses an OPEN without knowing the session. */
const REFUSALS = [1002, 4001, 4003, 4004];

/**
 * The client's side of a session, through any number of dials.
 *
 * Pure: frames and time go in; frames (into the outlet's writer), calls to the host, and "wake me at" come out. It is not
 * the server's machine with another role: of what that has to bound and to remember a client needs a part only, and pages
 * load it.
 */
export class ClientMachine extends ClientStream implements ClientReceiver {
  /** Empty before the first OPENED. */
  id = "";
  token = "";
  origin: OpenedFrame["origin"] = "new";
  /** Connections that have carried the session. */
  connections = 0;
  maxMessageBytes: number;
  /** The end that was decided on. */
  closing: Closing | undefined;
  isClosed = false;
  readonly #rooms: ClientRooms;
  readonly #host: ClientHost;
  /** Random, kept in memory only: a copy of this client has another. */
  readonly #instance: string;
  #attempt = 0;
  /** The connection on which OPENED is awaited. */
  #dialing: ClientConnection | undefined;
  #heardAt = 0;
  #heartbeatMs = 0;
  #forceAt = NEVER;
  /** The last number of a server that went away in order, and nobody has spoken since. */
  #lastSent: number | undefined;
  /** The number after which a gap without a known end was reported last, so that it is reported once. */
  #gapAfter = -1;

  constructor(
    host: ClientHost,
    dialer: Dialer,
    limits: ClientLimits,
    instance: string,
    cursors: readonly RoomCursor[],
    snapshot: ClientSnapshot | undefined,
  ) {
    super(dialer, limits);
    this.#host = host;
    this.#instance = instance;
    this.maxMessageBytes = limits.maxMessageBytes;
    this.#rooms = new ClientRooms(host, snapshot?.cursors ?? cursors);
    if (!snapshot) return;
    this.id = snapshot.id;
    this.token = snapshot.token;
    this.received = this.processed = snapshot.taken;
    this.outbox.restore(snapshot);
  }

  /** What to store so that a reloaded client can go on. */
  snapshot(): ClientSnapshot {
    const { id, token, processed: taken } = this;
    return { id, token, taken, cursors: this.#rooms.cursors(), ...this.outbox.snapshot() };
  }

  /** Asks for the session on a new connection. Nothing else is sent on it until OPENED has come. */
  dial(outlet: ClientConnection, credential: Uint8Array): void {
    this.#dialing = outlet;
    this.#rooms.forgetAliases();
    writeOpen(outlet.writer, {
      sessionId: this.id,
      token: this.token,
      instance: this.#instance,
      attempt: ++this.#attempt,
      received: this.received,
      acked: this.outbox.acknowledged,
      sent: this.sendable,
      windowMessages: this.limits.windowMessages,
      windowBytes: this.limits.windowBytes,
      rooms: this.#rooms.listed(),
      credential,
    });
    outlet.flush();
  }

  // What the connection tells. One that is not the session's any more is history.

  #isCurrent(outlet: ClientConnection): boolean {
    return outlet === this.outlet || outlet === this.#dialing;
  }

  onFrame(frame: ServerFrame, outlet: ClientConnection): void {
    if (!this.#isCurrent(outlet)) return;
    this.#heardAt = this.dialer.now();
    const isOpen = outlet === this.outlet;
    if (frame.type === FrameType.close) {
      this.#onClose(frame, outlet, isOpen);
      return;
    }
    if (isOpen === (frame.type === FrameType.opened)) {
      this.#fail("a frame before OPENED, or OPENED again");
      return;
    }
    switch (frame.type) {
      case FrameType.opened:
        this.#onOpened(frame, outlet);
        break;
      case FrameType.message:
        this.#onMessage(frame, outlet);
        break;
      case FrameType.entry:
        this.#onFault(this.#rooms.onEntry(frame));
        break;
      case FrameType.ack:
        this.#onAck(frame.number, outlet);
        break;
      case FrameType.joined:
        this.#rooms.onJoined(frame, outlet);
        break;
      case FrameType.left:
        this.#rooms.onLeft(frame.name);
        break;
      case FrameType.gap:
        this.#onFault(this.#rooms.onGap(frame, GAP_REASONS[frame.reason]));
        break;
      case FrameType.ping:
        // The heartbeat carries what the rooms have to tell.
        this.#rooms.tellAll(outlet);
        writePong(outlet.writer, frame.data);
        outlet.flush();
        break;
      case FrameType.authed:
        this.dialer.onAuthed(frame.accepted, frame.expiresInMs);
        break;
      case FrameType.token:
        this.token = frame.token;
        this.dialer.onChanged();
    }
  }

  onProtocolError(error: ProtocolError, outlet: ClientConnection): void {
    if (this.#isCurrent(outlet)) this.#fail(error.message, error.closeName === "message-too-big" ? 1009 : 1002);
  }

  onDrained(): void {}

  onLost(outlet: ClientConnection): void {
    if (this.#isCurrent(outlet)) this.giveUp("the connection was lost");
  }

  /** The connection is about to send. */
  beforeFlush(outlet: ClientConnection, now: number): void {
    if (outlet === this.outlet && !this.closing?.isSaid) this.write(outlet, now);
  }

  #onOpened(frame: OpenedFrame, outlet: ClientConnection): void {
    const { outbox } = this;
    if (this.id && frame.sessionId !== this.id) {
      this.#fail("OPENED named another session");
      return;
    }
    if (frame.origin !== "resumed") {
      outbox.restartChecksums();
    } else if (frame.received > outbox.last || outbox.checksumAt(frame.received) !== frame.checksum) {
      // A copy of this client went on without it: the server has what this one never sent, or something else.
      this.#adoptEnding({ code: 4000, reason: "a copy of this client carries the session", by: "server" });
      this.bury();
      return;
    }
    this.#dialing = undefined;
    this.id = frame.sessionId;
    this.token = frame.token;
    this.origin = frame.origin;
    this.#heartbeatMs = frame.heartbeatMs;
    this.maxMessageBytes = frame.maxMessageBytes;
    // Nobody makes this side keep more than its own limits allow.
    this.windowMessages = Math.min(frame.windowMessages, this.limits.windowMessages);
    this.windowBytes = Math.min(frame.windowBytes, this.limits.windowBytes);
    if (frame.origin === "revived") this.#reportRevival();
    this.#lastSent = undefined;
    this.connections += 1;
    if (this.closing) this.closing.isSaid = false;
    this.#armCloseTimeout();
    // The first frame after OPENED adopts the session: an ACK in any case, then what has to be sent again.
    this.attach(outlet, frame.received);
    this.dialer.wake(this.#silentUntil);
    this.#host.onStatus();
    this.dialer.onOpened(frame);
    this.#host.onAcknowledged();
    this.#sayClose();
  }

  /** What the last server had sent and this client had not received is gone. */
  #reportRevival(): void {
    const { received } = this;
    const to = this.#lastSent;
    if (to === undefined ? this.#gapAfter === received : to <= received) return;
    if (to === undefined) this.#gapAfter = received;
    this.#host.onGap(undefined, received + 1, to ?? 0, "server-restarted");
  }

  #onMessage(frame: ReceivedFrame, outlet: ClientConnection): void {
    const { sequence } = frame;
    if (this.closing?.received !== undefined) return;
    if (sequence <= this.received) {
      this.tellAgain(outlet);
    } else if (sequence > this.received + 1) {
      this.#fail(`message ${sequence} came after ${this.received}`);
    } else {
      this.received = sequence;
      if (frame.flags & MessageFlag.isReply) this.#host.onReply(frame);
      else this.#host.onMessage(frame);
    }
  }

  #onAck(number: number, outlet: ClientConnection): void {
    const { outbox } = this;
    if (number > outbox.last) {
      this.#fail(`${number} was acknowledged, and never sent`);
    } else if (number > outbox.acknowledged) {
      outbox.acknowledge(number);
      outlet.flush();
      this.#host.onAcknowledged();
      this.#sayClose();
    }
  }

  #onFault(fault: RoomFault | undefined): void {
    if (fault === "unknown") this.#fail("an entry of a room not joined");
    else if (fault) this.giveUp("an entry was missed");
  }

  /** Sends a reply. A server that asks and does not take the answers is left, before they fill the memory. */
  reply(payload: Uint8Array, flags: number, repliesTo: number): void {
    this.send(payload, flags, repliesTo);
    const { messages, bytes } = this.outbox;
    const { windowMessages, sessionWindowBytes } = this.limits;
    if (messages.length > MOST_REPLY_WINDOWS * windowMessages || bytes > MOST_REPLY_WINDOWS * sessionWindowBytes)
      this.#fail("replies were not taken in time", 4009);
  }

  /** The application is done with a room's entry. */
  takeEntry(room: string, offset: number, bytes: number): void {
    this.#rooms.take(room, offset, bytes, this.windowMessages, this.windowBytes, this.outlet);
    this.dialer.onChanged();
  }

  /** Offers a new credential on the live session, if there is a connection; `onAuthed` has the answer. */
  reauthenticate(credential: Uint8Array): void {
    if (!this.outlet || this.closing?.isSaid) return;
    writeAuth(this.outlet.writer, credential);
    this.outlet.flush();
  }

  // The end.

  #fail(reason: string, code = 1002): void {
    this.end({ code, reason, by: "client" });
  }

  /**
   * Decides on the end of the session. `normal` waits, at most `closeTimeoutMs`, until what was sent is acknowledged;
   * every other code is said at once. Later decisions change nothing.
   */
  end(ending: Ending): void {
    if (this.closing) return;
    // As CLOSE will say it: both obituaries have the same words.
    const reason = truncateUtf8(ending.reason, MAX_REASON_BYTES);
    const isForced = ending.code !== 1000;
    this.closing = { retryAfterMs: 0, ...ending, reason, received: undefined, isSaid: false, isForced };
    this.#armCloseTimeout();
    this.#host.onStatus();
    this.#host.onEnding();
    // Before its first OPENED there is nobody to tell.
    if (this.id) this.#sayClose();
    else this.bury();
  }

  /** The server's word on how it ended stands. */
  #adoptEnding(ending: Ending): void {
    this.end(ending);
    const closing = this.closing as Closing;
    this.closing = { ...closing, ...ending, received: closing.received };
  }

  /** Says CLOSE when everything that has to come before it has. */
  #sayClose(): void {
    const { closing, outlet } = this;
    if (!closing || closing.isSaid || !outlet) return;
    if (!closing.isForced && this.outbox.messages.length) return;
    this.write(outlet, this.dialer.now());
    this.#writeClose(outlet);
    closing.isSaid = true;
    this.#armCloseTimeout();
  }

  #writeClose(outlet: ClientConnection): void {
    const closing = this.closing as Closing;
    closing.received ??= this.received;
    writeClose(outlet.writer, { ...closing, received: closing.received, sent: this.outbox.last });
    outlet.flush();
  }

  #armCloseTimeout(): void {
    if (!this.closing) return;
    this.#forceAt = this.dialer.now() + this.limits.closeTimeoutMs;
    this.dialer.wake(this.#forceAt);
  }

  #onClose(frame: CloseFrame, outlet: ClientConnection, isOpen: boolean): void {
    const { code } = frame;
    const asksAgain = code === 4001 && !isOpen && this.dialer.onCredentialRefused();
    if (asksAgain || (code !== 4000 && !endsSession(code))) {
      if (isOpen && code === 1001) this.#lastSent = frame.sent;
      this.giveUp(frame);
      return;
    }
    this.#adoptEnding(frame);
    if (!this.isClosed && !this.closing?.isSaid) this.#writeClose(outlet);
    // A refused OPEN knows nothing of the session, nor does who was replaced in it; a tombstone knows it all.
    const isRefused = !isOpen && (frame.received < this.outbox.acknowledged || REFUSALS.includes(code));
    this.bury(isRefused || code === 4000 ? undefined : frame);
  }

  /** Ends the session on this side alone: the server, which cannot be reached, may still hold it. */
  endUnreachable(reason: string): void {
    this.end({ code: 4004, reason, by: "network" });
    this.bury();
  }

  /** The end of the session: the obituary, with the server's figures when its CLOSE has come. */
  bury(answer?: CloseFrame): void {
    if (this.isClosed) return;
    const { outbox } = this;
    const closing = this.closing as Closing;
    if (answer && answer.received > outbox.acknowledged) outbox.acknowledge(Math.min(answer.received, outbox.last));
    closing.received ??= this.received;
    const { received } = closing;
    this.isClosed = true;
    this.#leave()?.end(closing.code);
    this.#host.onClosed({
      ...this.ending(),
      confirmed: !!answer,
      fromClient: streamFigures(outbox.last, outbox.acknowledged),
      fromServer: streamFigures(Math.max(answer?.sent ?? this.received, received), received),
      undelivered: outbox.messages.map(({ flags, payload }, index) => ({
        sequence: outbox.acknowledged + index + 1,
        data: flags & MessageFlag.text ? decodeUtf8(payload) : payload,
      })),
      cursors: this.#rooms.cursors(),
      connections: this.connections,
    });
  }

  /** The ending that was decided on, in the words that stand now. */
  ending(): Pick<CloseInfo, "sessionId" | "code" | "name" | "reason" | "by" | "retryAfterMs"> {
    const { code, reason, by, retryAfterMs } = this.closing as Closing;
    return { sessionId: this.id, code, name: nameOfCode(code), reason, by, retryAfterMs };
  }

  // The connection.

  /** Gives the connection up and asks for another. */
  giveUp(why: string | Disconnection): void {
    this.leave();
    this.dialer.onDisconnected(typeof why === "string" ? unsaid(why) : why);
  }

  /** Leaves the connection that was dialed last: whatever comes of it is history. */
  leave(): void {
    if (this.outlet) this.#armCloseTimeout();
    this.#leave()?.end();
  }

  #leave(): ClientConnection | undefined {
    const outlet = this.outlet ?? this.#dialing;
    this.outlet = this.#dialing = undefined;
    this.acknowledgeAt = NEVER;
    this.#host.onStatus();
    return outlet;
  }

  get #silentUntil(): number {
    return this.outlet ? this.#heardAt + 2 * this.#heartbeatMs : NEVER;
  }

  /** Does what is due and says when to be called again. */
  onTime(now: number): number {
    if (now >= this.acknowledgeAt) this.outlet?.flush();
    const { closing } = this;
    if (closing && now >= this.#forceAt) {
      if (closing.isSaid || !this.outlet) {
        // Waiting for the answer took too long: end without it.
        this.bury();
      } else {
        // Waiting for acknowledgements did: say CLOSE anyway.
        closing.isForced = true;
        this.#sayClose();
      }
    }
    if (now >= this.#silentUntil) this.giveUp("the server fell silent");
    return this.isClosed ? NEVER : Math.min(this.acknowledgeAt, this.#forceAt, this.#silentUntil);
  }
}
