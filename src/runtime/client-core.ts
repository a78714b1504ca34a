import { EntryFlag, type EntryFrame } from "../protocol/frames/entry.ts";
import type { Frame } from "../protocol/frames/frame.ts";
import type { GapReason } from "../protocol/frames/gap.ts";
import {
  type ClientHost,
  ClientMachine,
  type ClientSnapshot,
  type Disconnection,
  type Origin,
  unsaid,
} from "../session/client-machine.ts";
import type { CloseInfo, RoomCursor } from "../session/close-info.ts";
import type { Announcement, Outlet, RoomStream } from "../session/ports.ts";
import { FramedCore } from "./framed-core.ts";
import { BytesPayload, type Gap, gapLine, ReceivedMessage, TextPayload } from "./message.ts";
import type { Environment, Peer } from "./ports.ts";
import type { ClientRoom } from "./room.ts";
import { RoomClaim } from "./room-claim.ts";
import type { Outgoing } from "./session-core.ts";

/** What the client around the session does for it: dial again, store, renew. */
export interface Dialer {
  /** OPENED was adopted. */
  onOpened(origin: Origin): void;
  /** The connection is gone, or given up: dial again, not before `retryAfterMs`. */
  onDisconnected(why: Disconnection): void;
  /** The credential was refused on a dial. True: ask for another and dial again. */
  onCredentialRefused(): boolean;
  onAuthed(accepted: boolean, expiresInMs: number): void;
  /** What a reload would have to know has changed. */
  onChanged(): void;
  onClosed(info: CloseInfo): void;
}

/** A session on the client, through any number of dials. */
export class ClientCore extends FramedCore implements ClientHost {
  readonly role = "client";
  readonly machine: ClientMachine;
  readonly #dialer: Dialer;
  readonly #rooms = new Map<string, RoomClaim>();
  #origin: Origin = "new";

  constructor(
    env: Environment,
    peer: Peer,
    dialer: Dialer,
    options: {
      readonly instance: string;
      readonly cursors?: readonly RoomCursor[] | undefined;
      readonly snapshot?: ClientSnapshot | undefined;
    },
  ) {
    super(env, peer, undefined);
    this.#dialer = dialer;
    this.machine = new ClientMachine(this, env.limits, options, env.clock.now());
  }

  get origin(): Origin {
    return this.#origin;
  }

  get maxMessageBytes(): number {
    return this.machine.maxMessageBytes;
  }

  /** Rooms' streams are the server's. */
  addRoom(_alias: number, _stream: RoomStream): Announcement {
    return "now";
  }

  removeRoom(_alias: number): void {}

  /** A room's handle. Asking again gives the same. */
  room(name: string): ClientRoom {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = new RoomClaim(name, this);
      this.#rooms.set(name, room);
    }
    return room;
  }

  /** Entries of this room go to the claim from now on, and so do those that wait in the session's loop. */
  onClaimed(claim: RoomClaim): void {
    for (const message of this.inbox.removeWaiting(({ room }) => room === claim.name)) claim.push(message);
  }

  /** What the claim did not read goes back into the session's loop. */
  onReleased(unread: readonly ReceivedMessage[]): void {
    for (const message of unread) this.inbox.push(message);
    this.run?.onMessage();
  }

  override submitLast(payload: string | Uint8Array): void {
    super.submitLast(payload);
    this.#dialer.onChanged();
  }

  override submit(outgoing: Outgoing): number {
    const sequence = super.submit(outgoing);
    if (sequence !== 0) this.#dialer.onChanged();
    return sequence;
  }

  override finish(message: ReceivedMessage): void {
    if (message.finished) return;
    message.finished = true;
    const { room, offset } = message;
    if (room !== undefined && offset !== undefined) {
      this.machine.takeEntry(room, offset, message.gap === undefined ? message.byteLength : 0);
      this.#dialer.onChanged();
    }
    this.settle();
  }

  settle(): void {
    const { inbox, machine } = this;
    let last = 0;
    let messages = 0;
    let bytes = 0;
    for (let message = inbox.settle(); message !== undefined; message = inbox.settle()) {
      if (message.sequence === 0) continue;
      last = message.sequence;
      messages += 1;
      bytes += message.byteLength;
    }
    // Replies are acknowledged with what came before them.
    if (inbox.length === 0) last = machine.received;
    if (messages === 0 && last <= machine.processed) return;
    machine.acknowledge(last, bytes, this.env.clock.now());
    this.#dialer.onChanged();
  }

  /** A client's functions are its own: what they throw is reported as any listener's error is, and the session goes on. */
  override onCallbackFailed(error: unknown): void {
    queueMicrotask(() => {
      throw error;
    });
  }

  // What the state machine tells.

  onOpened(origin: Origin): void {
    this.#origin = origin;
    this.#dialer.onOpened(origin);
    this.run?.onProgress();
  }

  onEntry(room: string, frame: EntryFrame): void {
    const origin = { room, offset: frame.offset, at: frame.at };
    this.#give(
      room,
      new ReceivedMessage(
        this,
        new BytesPayload(frame.payload, (frame.flags & EntryFlag.text) !== 0),
        0,
        false,
        origin,
      ),
    );
  }

  onGap(room: string, from: number, to: number, reason: GapReason): void {
    const gap: Gap = { from, to, reason };
    const origin = { room, offset: to, at: 0 };
    this.#give(room, new ReceivedMessage(this, new TextPayload(gapLine(gap)), 0, false, origin, gap));
  }

  onStreamGap(from: number, to: number, reason: GapReason): void {
    const gap: Gap = { from, to, reason };
    this.inbox.push(new ReceivedMessage(this, new TextPayload(gapLine(gap)), 0, false, undefined, gap));
    this.run?.onMessage();
  }

  #give(room: string, message: ReceivedMessage): void {
    const claim = this.#rooms.get(room);
    if (claim?.isClaimed === true) {
      claim.push(message);
      return;
    }
    this.inbox.push(message);
    this.run?.onMessage();
  }

  onAcknowledged(): void {
    this.#dialer.onChanged();
    this.run?.onProgress();
  }

  onEnding(): void {
    this.run?.onEnding();
    for (const room of this.#rooms.values()) room.wake();
  }

  onClosed(info: CloseInfo): void {
    this.info = info;
    this.env.deadlines.cancel(this);
    this.#dialer.onClosed(info);
    this.run?.onClosed(info);
    for (const room of this.#rooms.values()) room.wake();
    this.env.emit({ name: "session-closed", info, peer: this.peer });
  }

  onDisconnected(why: Disconnection): void {
    this.#dialer.onDisconnected(why);
  }

  onCredentialRefused(): boolean {
    return this.#dialer.onCredentialRefused();
  }

  onAuthed(accepted: boolean, expiresInMs: number): void {
    this.#dialer.onAuthed(accepted, expiresInMs);
  }

  onToken(): void {
    this.#dialer.onChanged();
  }

  // What the connection tells.

  protected listensTo(outlet: Outlet): boolean {
    return this.machine.isCurrent(outlet);
  }

  onFrame(frame: Frame, outlet: Outlet, now: number): void {
    if (this.machine.isCurrent(outlet)) this.machine.receive(frame, now);
  }

  onDrained(outlet: Outlet): void {
    if (this.machine.isCurrent(outlet)) this.machine.drained();
  }

  onLost(outlet: Outlet, now: number): void {
    if (!this.machine.isCurrent(outlet)) return;
    this.machine.disconnected(now);
    if (this.info === undefined) this.#dialer.onDisconnected(unsaid("the connection was lost"));
  }
}
