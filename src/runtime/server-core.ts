import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { Frame } from "../protocol/frames/frame.ts";
import type { MessageFrame } from "../protocol/frames/message.ts";
import type { Offer } from "../session/admission.ts";
import type { CloseInfo } from "../session/close-info.ts";
import type { Announcement, OfferedCursor, Outlet, RoomStream } from "../session/ports.ts";
import { recordLifeMs, type SessionRecord } from "../session/record.ts";
import { type ServerHost, ServerMachine } from "../session/server-machine.ts";
import { sayLeft } from "../session/server-rooms.ts";
import { CredentialOffers } from "./credential-offers.ts";
import { FramedCore } from "./framed-core.ts";
import { Grants } from "./grants.ts";
import { ReceivedMessage } from "./message.ts";
import type { Environment, Peer, SessionStore } from "./ports.ts";
import { Recorder } from "./recorder.ts";
import type { Outgoing, SessionCore } from "./session-core.ts";
import { commitTombstone } from "./tombstones.ts";
import type { Turn } from "./turn.ts";

/** What surrounds the framed sessions of a server. */
export interface ServerEnvironment extends Environment {
  readonly store: SessionStore;
  readonly durable: boolean;
  signToken(id: string, identityHash: string): string;
  /** Runs the handler, for the first time or again. */
  start(core: SessionCore): void;
  /** The client offers a new credential: answers with `core.machine.authed`. Never rejects. */
  reauthenticate(core: ServerCore, credential: Uint8Array): Promise<void>;
  /** The session has ended. */
  onClosed(core: SessionCore): void;
}

/** How long a store that failed is left alone. */
const STORE_RETRY_MS = 500;

/** A session on the server whose client speaks Bowline frames. */
export class ServerCore extends FramedCore implements ServerHost {
  readonly role = "server";
  readonly machine: ServerMachine;
  readonly origin: "new" | "resumed" | "revived";
  readonly #env: ServerEnvironment;
  readonly #recorder: Recorder<SessionRecord> | undefined;
  /** Whether a handler of this server may run twice for the same message. */
  readonly #grants: Grants | undefined;
  /** Most clients offer none. */
  #offers: CredentialOffers | undefined;
  #hasRead = false;
  #started = false;
  #committedState: string | undefined;
  /** The handler has returned, and something it did has not settled. */
  #endsWhenSettled = false;

  constructor(
    env: ServerEnvironment,
    peer: Peer,
    identity: unknown,
    options: {
      readonly id: string;
      readonly identityHash: string;
      readonly origin: "new" | "resumed" | "revived";
      readonly record?: SessionRecord | undefined;
    },
  ) {
    super(env, peer, identity);
    this.#env = env;
    this.origin = options.origin;
    const { id, identityHash, record } = options;
    const now = env.clock.now();
    this.machine = new ServerMachine(this, env.limits, { id, identityHash, durable: env.durable }, now);
    this.#recorder = env.durable ? new Recorder(this) : undefined;
    this.#grants = env.context === undefined ? undefined : new Grants(record?.granted);
    if (record !== undefined) {
      this.machine.restore(record, now);
      this.stateText = record.state;
      this.#committedState = record.state;
      this.restarted = record.runs;
      env.rooms?.restore(this, record.rooms);
    }
  }

  /** Begins a session that an offer was adopted for: new, or revived. */
  begin(offer: Offer, outlet: Outlet): void {
    this.machine.startFrom(offer.start);
    this.adopt(offer, outlet, this.peer);
  }

  /** A connection carries the session from now on. */
  adopt(offer: Offer, outlet: Outlet, peer: Peer): void {
    this.peer = peer;
    this.#offers?.clear();
    this.machine.adopt(outlet, offer.open, this.env.clock.now());
    if (this.#recorder === undefined) this.#start();
  }

  /** Starts the handler, unless it runs, or the session has ended. A durable one is on record before. */
  #start(): void {
    if (this.#started || !this.machine.isAdopted || this.machine.isEnding) return;
    this.#started = true;
    this.#env.start(this);
    this.machine.rooms.presenceChanged();
  }

  /** The handler starts again. */
  restart(): void {
    if (this.rewind()) this.#env.start(this);
  }

  /** What the handler had not finished will be given to its next run. False when there will be none. */
  rewind(): boolean {
    if (!this.#started || this.machine.isEnding || this.info !== undefined) return false;
    this.restarted += 1;
    this.inbox.rewind();
    this.#hasRead = false;
    this.stateText = this.#committedState;
    return true;
  }

  get maxMessageBytes(): number {
    return this.env.limits.maxMessageBytes;
  }

  override get mayTake(): boolean {
    return this.isEnding || !this.machine.isBehindWithReplies;
  }

  // Rooms.

  addRoom(alias: number, stream: RoomStream): Announcement {
    this.machine.rooms.add(alias, stream);
    this.onRecordChanged();
    // Before the first adoption rooms come from the record.
    if (this.#recorder === undefined || !this.machine.isAdopted) return "now";
    this.machine.rooms.tellWhenRecorded(stream);
    return "when-recorded";
  }

  override sayLeft(room: string): void {
    const { outlet } = this;
    if (this.#recorder !== undefined) this.machine.rooms.tellWhenRecorded(room);
    else if (outlet !== undefined) sayLeft(outlet, room);
  }

  removeRoom(alias: number): void {
    this.machine.rooms.remove(alias);
    this.onRecordChanged();
  }

  override takeOffered(room: string): OfferedCursor | undefined {
    return this.machine.rooms.takeOffered(room);
  }

  override get identityHash(): string {
    return this.machine.identityHash;
  }

  override get windowMessages(): number {
    return this.machine.windowMessages;
  }

  override get windowBytes(): number {
    return this.machine.windowBytes;
  }

  override admitsRoomBytes(bytes: number): boolean {
    return this.machine.admitsRoomBytes(bytes);
  }

  override countRoomBytes(bytes: number): void {
    this.machine.roomBytes += bytes;
    if (bytes >= 0) return;
    this.run?.onProgress();
    this.machine.rooms.wake();
  }

  // What the run asks for.

  protected override submitReply(message: ReceivedMessage, outgoing: Outgoing): void {
    const mayRunAgain = message.sequence > this.machine.processed;
    if (!mayRunAgain || this.#grants === undefined || this.#grants.reply(message.sequence)) {
      super.submitReply(message, outgoing);
    }
  }

  override matchGranted(turn: Turn | undefined): number | undefined {
    return turn === undefined ? undefined : this.#grants?.match(turn);
  }

  override grant(turn: Turn | undefined, sequence: number, wantsReply: boolean): void {
    if (turn !== undefined) this.#grants?.add(turn, sequence, wantsReply);
  }

  override onFirstRead(): void {
    this.#hasRead = true;
    if (this.inbox.length === 0) this.settle();
  }

  override onRequest(sequence: number): void {
    const reply = this.#grants?.takeReply(sequence);
    if (reply !== undefined) this.giveReply(reply);
  }

  override finish(message: ReceivedMessage): void {
    message.stateText = this.stateText;
    super.finish(message);
  }

  settle(): void {
    const { inbox, machine } = this;
    let last = 0;
    let messages = 0;
    let bytes = 0;
    for (let message = inbox.settle(); message !== undefined; message = inbox.settle()) {
      last = message.sequence;
      messages += 1;
      bytes += message.byteLength;
      this.#committedState = message.stateText;
      this.#grants?.forget(last);
    }
    // Replies are acknowledged with what came before them; before the first read, the handler itself came before them.
    if (inbox.length === 0 && (this.#hasRead || this.#grants === undefined)) last = machine.received;
    if (messages > 0 || last > machine.processed) {
      // Reading a clock costs as much as all of this, and only what an acknowledgement is arranged for needs one.
      const now = machine.isAcknowledging ? undefined : this.env.clock.now();
      machine.acknowledge(last, bytes, now);
    }
    if (this.#endsWhenSettled && inbox.inHand === 0) this.#endNormally();
  }

  /** The handler returned: what it took is done, and the session closes when what it did has settled. */
  handlerReturned(): void {
    this.#endsWhenSettled = true;
    if (this.inbox.inHand === 0) this.#endNormally();
  }

  /** The handler threw: the message it was handling was not processed. */
  handlerFailed(error: unknown): void {
    this.env.emit({ name: "handler-error", sessionId: this.id, error });
    this.end({ code: CLOSE_CODES["handler-error"].code, reason: "", by: "server" });
  }

  #endNormally(): void {
    this.#endsWhenSettled = false;
    this.end({ code: CLOSE_CODES.normal.code, reason: "", by: "server" });
  }

  // What the state machine tells.

  protected override giveReply(frame: MessageFrame): void {
    const message = new ReceivedMessage(this, frame, frame.sequence);
    if (this.run?.onReply(message, frame.repliesTo) === true) {
      // A handler that runs again asks again, and the client may have forgotten it by then.
      this.#grants?.keepReply(frame);
    } else if (this.#grants?.keepReply(frame) !== true) {
      this.env.emit({ name: "late-reply", sessionId: this.id, repliesTo: frame.repliesTo });
    }
  }

  onAcknowledged(): void {
    this.onRecordChanged();
    this.run?.onProgress();
    this.machine.rooms.wake();
  }

  onEnding(): void {
    // What the handler has not taken goes back to the client, and must not be handled as well.
    this.inbox.dropWaiting();
    this.run?.onEnding();
    this.machine.rooms.presenceChanged();
  }

  onTombstone(): void {
    const close = this.machine.closeFrame();
    const bury = (): Promise<void> => commitTombstone(this.#env, this.id, close);
    const buried = this.#recorder === undefined ? bury() : this.#recorder.finish(bury);
    void buried.then(() => this.machine.tombstoned(this.env.clock.now()));
  }

  onClosed(info: CloseInfo): void {
    this.info = info;
    this.#leave();
    this.run?.onClosed(info);
    this.#env.onClosed(this);
    this.env.emit({ name: "session-closed", info, peer: this.peer });
  }

  onForgotten(): void {
    this.#leave();
    this.#env.onClosed(this);
  }

  /** Lets go of everything here. What is on record stays as it is: another server may go on with it. */
  #leave(): void {
    void this.#recorder?.finish(async () => {});
    this.env.deadlines.cancel(this);
    this.env.rooms?.leaveAll(this);
  }

  onAuth(credential: Uint8Array): boolean {
    this.#offers ??= new CredentialOffers((offered) => this.#env.reauthenticate(this, offered));
    return this.#offers.add(credential);
  }

  token(): string {
    return this.#env.signToken(this.id, this.machine.identityHash);
  }

  // Durable sessions: append, record, wire.

  override onRecordChanged(): void {
    // What was restored is on record already.
    if (this.machine.isAdopted) this.#recorder?.changed();
  }

  /** Everything that has to survive the server, as it is now. */
  record(): SessionRecord {
    return {
      ...this.machine.record(),
      identity: this.identity,
      granted: this.#grants?.record() ?? [],
      state: this.#committedState,
      runs: this.restarted + 1,
    };
  }

  write(record: SessionRecord): Promise<void> {
    return this.#env.store.put(this.id, { kind: "record", record }, recordLifeMs(this.env.limits));
  }

  /** Nothing that depends on the record leaves; it is tried again soon, and with the next change. */
  onWriteFailed(error: unknown): void {
    this.env.emit({ name: "store-error", sessionId: this.id, error });
    this.env.clock.setTimer(() => this.onRecordChanged(), STORE_RETRY_MS);
  }

  /** A record is committed: what depends on it may leave, and the handler may run. */
  onCommitted(record: SessionRecord): void {
    this.machine.committed(record.sent, record.processed, this.env.clock.now());
    this.run?.onProgress();
    this.#start();
  }

  // What the connection tells.

  protected listensTo(outlet: Outlet): boolean {
    return outlet === this.machine.connection;
  }

  onFrame(frame: Frame, outlet: Outlet, now: number): void {
    if (outlet === this.machine.connection) this.machine.receive(frame, now);
  }

  onDrained(outlet: Outlet): void {
    if (outlet !== this.machine.connection) return;
    this.machine.drained();
    this.machine.rooms.drained();
  }

  onLost(outlet: Outlet, now: number): void {
    if (outlet === this.machine.connection) this.machine.detach(now);
  }
}
