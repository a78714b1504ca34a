import { endsSession } from "../protocol/close-codes.ts";
import { BEGINNERS, type CloseFrame, MAX_REASON_BYTES } from "../protocol/frames/close.ts";
import { FrameType } from "../protocol/frames/frame.ts";
import { MessageFlag } from "../protocol/frames/message.ts";
import type { OpenedFrame } from "../protocol/frames/opened.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { decodeUtf8, truncateUtf8 } from "../protocol/text.ts";
import type { UnacknowledgedMessage } from "./client-outbox.ts";
import type {
  ClientConnection,
  ClientHost,
  ClientReceiver,
  Dialer,
  ReceivedFrame,
  ServerFrame,
} from "./client-ports.ts";
import { ClientRooms } from "./client-rooms.ts";
import { ClientStream } from "./client-stream.ts";
import { nameOfCode, type RoomCursor, streamFigures, type WordsOfEnding } from "./close-info.ts";
import type { Ending } from "./ending.ts";
import { NEVER } from "./never.ts";

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
  /** The end that was decided on, in the words that stand now. */
  ending: WordsOfEnding | undefined;
  /** CLOSE has been said once: what had been received by then is all that counts, and no more is taken. */
  isSettled = false;
  isClosed = false;
  readonly rooms: ClientRooms;
  readonly #host: ClientHost;
  /** Random, kept in memory only: a copy of this client has another. */
  readonly #instance: Uint8Array;
  #attempt = 0;
  /** The connection that was dialed last, until it is left; it is the outlet once OPENED has come on it. */
  #connection: ClientConnection | undefined;
  #heardAt = 0;
  #heartbeatMs = 0;
  /** CLOSE has been written to the connection that is attached now. */
  #isSaid = false;
  /** Unacknowledged output is not, or no longer, waited for. */
  #isForced = false;
  #forceAt = NEVER;
  /** The last number of a server that went away in order, and nobody has spoken since. */
  #lastSent: number | undefined;
  /** The number after which a gap without a known end was reported last, so that it is reported once. */
  #gapAfter = -1;

  constructor(host: ClientHost, dialer: Dialer, instance: Uint8Array, cursors: readonly RoomCursor[] | undefined) {
    super(dialer);
    this.#host = host;
    this.#instance = instance;
    this.maxMessageBytes = dialer.limits.maxMessageBytes;
    this.rooms = new ClientRooms(host, cursors);
  }

  /** Asks for the session on a new connection. Nothing else is sent on it until OPENED has come. */
  dial(connection: ClientConnection, credential: Uint8Array): void {
    const { windowMessages, windowBytes } = this.dialer.limits;
    this.#connection = connection;
    this.rooms.forgetAliases();
    const rooms = this.rooms.listed();
    connection.writer.frame(FrameType.open, [
      0,
      this.id,
      this.token,
      this.#instance,
      ++this.#attempt,
      this.received,
      this.acked,
      this.sendable,
      windowMessages,
      windowBytes,
      rooms.length,
      ...rooms.flatMap(({ name, epoch, cursor, ticket }) => [name, epoch, cursor, ticket]),
      credential,
    ]);
    connection.flush();
  }

  // What a connection tells. One that was left is history.

  onFrame(frame: ServerFrame, connection: ClientConnection): void {
    if (connection !== this.#connection) return;
    const { dialer, rooms } = this;
    this.#heardAt = dialer.alarm.now();
    if (frame.type === FrameType.close) {
      this.#onClose(frame, connection);
      return;
    }
    if (!this.outlet !== (frame.type === FrameType.opened)) {
      this.#fail(new ProtocolError("Frame before OPENED, or second OPENED", "§8.1"));
      return;
    }
    switch (frame.type) {
      case FrameType.opened:
        this.#onOpened(frame, connection);
        break;
      case FrameType.message:
        this.#onMessage(frame, connection);
        break;
      case FrameType.entry:
        this.#onFault(rooms.onEntry(frame));
        break;
      case FrameType.ack:
        this.#onAck(frame.number, connection);
        break;
      case FrameType.joined:
        rooms.onJoined(frame, connection);
        break;
      case FrameType.left:
        rooms.onLeft(frame.name);
        break;
      case FrameType.gap:
        this.#onFault(rooms.onGap(frame));
        break;
      case FrameType.ping:
        // The heartbeat carries what the rooms have to tell.
        rooms.tellAll(connection);
        connection.writer.frame(FrameType.pong, [frame.data]);
        connection.flush();
        break;
      case FrameType.authed:
        dialer.credentials.onAuthed(frame.accepted, frame.expiresInMs);
        break;
      case FrameType.token:
        this.token = frame.token;
        dialer.onChanged();
    }
  }

  onProtocolError(error: ProtocolError, connection: ClientConnection): void {
    if (connection === this.#connection) this.#fail(error);
  }

  onDrained(): void {}

  onLost(connection: ClientConnection): void {
    if (connection === this.#connection) this.giveUp("the connection was lost");
  }

  /** The connection is about to send. */
  beforeFlush(connection: ClientConnection): void {
    if (connection === this.outlet && !this.#isSaid) this.write(connection);
  }

  #onOpened(frame: OpenedFrame, connection: ClientConnection): void {
    const { dialer } = this;
    const { limits } = dialer;
    const { origin, received } = frame;
    if (this.id && frame.sessionId !== this.id) {
      this.#fail(new ProtocolError("OPENED named another session", "§6.2"));
      return;
    }
    if (origin !== "resumed") {
      // A new, or a revived, session counts its checksums from what is not acknowledged.
      this.checksum = 0;
    } else if (received > this.last || this.checksumAt(received) !== frame.checksum) {
      // A copy of this client went on without it: the server has what this one never sent, or something else.
      this.#adopt({ code: 4000, reason: "a copy of this client goes on", by: "server" });
      this.bury();
      return;
    }
    this.id = frame.sessionId;
    this.token = frame.token;
    this.origin = origin;
    this.#heartbeatMs = frame.heartbeatMs;
    this.maxMessageBytes = frame.maxMessageBytes;
    // Nobody makes this side keep more than its own limits allow.
    this.mostMessages = Math.min(frame.windowMessages, limits.windowMessages);
    this.mostBytes = Math.min(frame.windowBytes, limits.windowBytes);
    if (origin === "revived") this.#reportRevival();
    this.#lastSent = undefined;
    this.connections += 1;
    this.#isSaid = false;
    this.#armCloseTimeout();
    // The first frame after OPENED adopts the session: an ACK in any case, then what has to be sent again.
    this.attach(connection, received);
    dialer.alarm.wake(this.#silentUntil);
    this.#host.onStatus();
    dialer.onOpened(frame);
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
    const next = this.received + 1;
    if (this.isSettled) return;
    if (frame.sequence < next) {
      this.tellAgain(outlet);
    } else if (frame.sequence > next) {
      this.#fail(new ProtocolError(`MESSAGE ${frame.sequence} instead of ${next}`, "§7.1"));
    } else {
      this.received = next;
      if (frame.flags & MessageFlag.isReply) this.#host.onReply(frame);
      else this.#host.onMessage(frame);
    }
  }

  #onAck(number: number, outlet: ClientConnection): void {
    if (number > this.last) {
      this.#fail(new ProtocolError(`ACK of ${number}, which was never sent`, "§7.2"));
    } else {
      this.acknowledge(number);
      outlet.flush();
      this.dialer.onChanged();
      this.#host.onAcknowledged();
      this.#sayClose();
    }
  }

  #onFault(fault: ReturnType<ClientRooms["onEntry"]>): void {
    if (fault === "unknown") this.#fail(new ProtocolError("Room that was not joined", "§7.6"));
    else if (fault) this.giveUp("an entry was missed");
  }

  /** Sends a reply. A server that asks and does not take the answers is left, before they fill the memory. */
  reply(message: UnacknowledgedMessage): void {
    this.send(message);
    const { messages, bytes } = this;
    const { windowMessages, sessionWindowBytes } = this.dialer.limits;
    if (messages.length > MOST_REPLY_WINDOWS * windowMessages || bytes > MOST_REPLY_WINDOWS * sessionWindowBytes)
      this.end({ code: 4009, reason: "too many replies", by: "client" });
  }

  /** The application is done with a room's entry. */
  takeEntry(room: string, offset: number, bytes: number): void {
    this.rooms.take(room, offset, bytes, this);
    this.dialer.onChanged();
  }

  /** Offers a new credential on the live session, if there is a connection; `onAuthed` has the answer. */
  reauthenticate(credential: Uint8Array): void {
    if (!this.outlet || this.#isSaid) return;
    this.outlet.writer.frame(FrameType.auth, [credential]);
    this.outlet.flush();
  }

  // The end.

  #fail({ message: reason, closeName }: ProtocolError): void {
    this.end({ code: closeName === "message-too-big" ? 1009 : 1002, reason, by: "client" });
  }

  /**
   * Decides on the end of the session. `normal` waits, at most `closeTimeoutMs`, until what was sent is acknowledged;
   * every other code is said at once. Later decisions change nothing.
   */
  end(ending: Ending): void {
    if (this.ending) return;
    this.#phrase(ending);
    this.#isForced = ending.code !== 1000;
    this.#armCloseTimeout();
    this.#host.onStatus();
    this.#host.onEnding();
    // Before its first OPENED there is nobody to tell.
    if (this.id) this.#sayClose();
    else this.bury();
  }

  #phrase({ code, reason, by, retryAfterMs = 0 }: Ending): void {
    // As CLOSE will say it: both obituaries have the same words.
    const words = truncateUtf8(reason, MAX_REASON_BYTES);
    this.ending = { sessionId: this.id, code, name: nameOfCode(code), reason: words, by, retryAfterMs };
  }

  /** The server's word on how it ended stands. */
  #adopt(ending: Ending): void {
    this.end(ending);
    this.#phrase(ending);
    this.#isForced = true;
  }

  /** Says CLOSE when everything that has to come before it has. */
  #sayClose(connection = this.outlet): void {
    const { ending, received } = this;
    if (!ending || this.#isSaid || !connection || (this.messages.length && !this.#isForced)) return;
    this.beforeFlush(connection);
    this.#isSaid = this.isSettled = true;
    const { code, reason, retryAfterMs, by } = ending;
    const beginner = BEGINNERS.indexOf(by) + 1;
    connection.writer.frame(FrameType.close, [code, reason, retryAfterMs, this.last, received, beginner]);
    connection.flush();
    this.#armCloseTimeout();
  }

  #armCloseTimeout(): void {
    const { alarm, limits } = this.dialer;
    if (!this.ending) return;
    this.#forceAt = alarm.now() + limits.closeTimeoutMs;
    alarm.wake(this.#forceAt);
  }

  #onClose(frame: CloseFrame, connection: ClientConnection): void {
    const { code } = frame;
    const isOpen = !!this.outlet;
    const asksAgain = code === 4001 && !isOpen && this.dialer.credentials.mayAskAgain();
    if (asksAgain || (code !== 4000 && !endsSession(code))) {
      if (isOpen && code === 1001) this.#lastSent = frame.sent;
      this.giveUp(frame.reason, frame);
      return;
    }
    this.#adopt(frame);
    this.#sayClose(connection);
    // A refused OPEN knows nothing of the session, nor does who was replaced in it; a tombstone knows it all.
    const isRefused = !isOpen && (frame.received < this.acked || REFUSALS.includes(code));
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
    const { received } = this;
    const ending = this.ending as WordsOfEnding;
    if (answer) this.acknowledge(Math.min(answer.received, this.last));
    this.isClosed = this.#isSaid = this.isSettled = true;
    this.leave(ending.code);
    this.#host.onClosed({
      ...ending,
      confirmed: !!answer,
      fromClient: streamFigures(this.last, this.acked),
      fromServer: streamFigures(Math.max(answer?.sent ?? 0, received), received),
      undelivered: this.messages.map(({ flags, payload }, index) => ({
        sequence: this.acked + index + 1,
        data: flags & MessageFlag.text ? decodeUtf8(payload) : payload,
      })),
      cursors: this.rooms.cursors(),
      connections: this.connections,
    });
  }

  // The connection.

  /** Gives the connection up and asks for another. */
  giveUp(reason: string, close?: CloseFrame): void {
    this.leave();
    this.dialer.onDisconnected(reason, close);
  }

  /** Leaves the connection that was dialed last: whatever comes of it is history. */
  leave(code?: number): void {
    const connection = this.#connection;
    if (this.outlet) this.#armCloseTimeout();
    this.outlet = this.#connection = undefined;
    this.acknowledgeAt = NEVER;
    this.#host.onStatus();
    connection?.end(code);
  }

  get #silentUntil(): number {
    return this.outlet ? this.#heardAt + 2 * this.#heartbeatMs : NEVER;
  }

  /** Does what is due and says when to be called again. */
  onTime(now: number): number {
    if (now >= this.acknowledgeAt) this.outlet?.flush();
    if (now >= this.#forceAt) this.#force();
    if (now >= this.#silentUntil) this.giveUp("the server fell silent");
    return Math.min(this.acknowledgeAt, this.#forceAt, this.#silentUntil);
  }

  /** Waiting for acknowledgements took too long: says CLOSE anyway. Waiting for the answer did: ends without it. */
  #force(): void {
    this.#isForced = true;
    if (this.#isSaid || !this.outlet) this.bury();
    else this.#sayClose();
  }
}
