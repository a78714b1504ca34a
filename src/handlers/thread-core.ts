import type { LineEnding } from "../protocol/lines.ts";
import { SessionClosedError } from "../runtime/errors.ts";
import { BytesPayload, ReceivedMessage } from "../runtime/message.ts";
import type { Environment } from "../runtime/ports.ts";
import type { ReadEnd } from "../runtime/reader.ts";
import { type Outgoing, SessionCore, type SessionStatus } from "../runtime/session-core.ts";
import type { Turn } from "../runtime/turn.ts";
import type { CloseInfo } from "../session/close-info.ts";
import { nameOfCode } from "../session/close-info.ts";
import type { Ending } from "../session/ending.ts";
import type { Telling, Told } from "./ring.ts";
import type { Supervised } from "./supervisor.ts";
import {
  type Beginning,
  FIRST_TURN,
  HELD,
  MessageFlag,
  NO_TURN,
  SESSION_BYTES,
  SESSION_MESSAGES,
  type Standing,
  TEXT,
  ToServer,
} from "./tellings.ts";

/** What a session in a thread needs of that thread. */
export interface ThreadPorts {
  readonly env: Environment;
  tell(telling: Telling, payload?: string | Uint8Array): void;
  /** Whether the way to the server is free. */
  readonly isOpen: boolean;
  encodeError(error: unknown): Uint8Array;
  encode(value: unknown): Uint8Array;
  /** The run is over, and so is the session: nobody will ask for it again. */
  forget(run: number): void;
}

/**
 * A session whose handler runs in this thread, and whose everything else is in the server's: what the handler does is told
 * there, what it has to know is told here.
 */
export class ThreadCore extends SessionCore implements Supervised {
  readonly role = "server";
  readonly id: string;
  readonly origin: "new" | "resumed" | "revived";
  readonly hasReplies: boolean;
  readonly number: number;
  readonly #ports: ThreadPorts;
  #status: SessionStatus;
  #readEnd: ReadEnd | undefined;
  #ending: ReadEnd | undefined;
  #lineEnding: LineEnding = "";
  /** The state that the server knows. */
  #toldState: string | undefined;
  /** Messages of this run and their bytes: sent, and of those accepted by the session. */
  #sent = 1;
  #acknowledged = 0;
  #sends = 0;
  #sentBytes = 0;
  #accepted = 0;
  #acceptedBytes = 0;
  /** The last send found no room. */
  #isBlocked = false;
  /** What was finished before everything it did was sent. */
  #held: Set<number> | undefined;
  #hasReturned = false;

  constructor(ports: ThreadPorts, number: number, beginning: Beginning) {
    super(ports.env, beginning.peer, beginning.identity);
    this.#ports = ports;
    this.number = number;
    this.id = beginning.id;
    this.origin = beginning.origin;
    this.hasReplies = beginning.hasReplies;
    this.restarted = beginning.restarted;
    this.stateText = beginning.state;
    this.#toldState = beginning.state;
    this.#status = beginning.status;
  }

  get status(): SessionStatus {
    return this.#status;
  }

  get readEnd(): ReadEnd | undefined {
    return this.#ending ?? this.#readEnd;
  }

  get ending(): ReadEnd | undefined {
    return this.#ending;
  }

  get isEnding(): boolean {
    return this.#ending !== undefined;
  }

  /** Numbers are this run's own. The server is asked for the real ones, so what an earlier run sent counts as one more. */
  get sent(): number {
    return this.#sent;
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  get maxMessageBytes(): number {
    return this.env.limits.maxMessageBytes;
  }

  override get lineEnding(): LineEnding {
    return this.#lineEnding;
  }

  closedError(): SessionClosedError {
    return new SessionClosedError(this.info ?? (this.#ending as ReadEnd));
  }

  // Connections and rooms are elsewhere.

  get outlet(): undefined {
    return undefined;
  }

  addRoom(): "now" {
    return "now";
  }

  removeRoom(): void {}

  // What the run asks for.

  submit(outgoing: Outgoing): number {
    const { payload, wantsReply, repliesTo, turn } = outgoing;
    if (repliesTo !== 0) {
      this.#sent += 1;
      this.#tell(ToServer.reply, repliesTo, 0, flagOf(payload), payload);
      return this.#sent;
    }
    this.#isBlocked = !this.#hasReturned && !this.#mayWait;
    if (this.#isBlocked) return 0;
    this.#sent += 1;
    this.#sends += 1;
    // Bytes or characters: it is a bound, and both threads count alike.
    this.#sentBytes += payload.length;
    if (wantsReply) this.#tell(ToServer.request, this.#sent, turnNumber(turn), flagOf(payload), payload);
    else this.#tell(ToServer.send, turnNumber(turn), 0, flagOf(payload), payload);
    return this.#sent;
  }

  /** Whether one more message may wait in the server for room in the client's window. */
  get #mayWait(): boolean {
    if (!this.#ports.isOpen) return false;
    const messages = this.#sends - this.#accepted;
    return messages === 0 || (messages < SESSION_MESSAGES && this.#sentBytes - this.#acceptedBytes < SESSION_BYTES);
  }

  submitLast({ payload }: Outgoing): number {
    this.#sent += 1;
    this.#tell(ToServer.sendLast, 0, 0, flagOf(payload), payload);
    return this.#sent;
  }

  end(ending: Ending): void {
    if (this.#ending !== undefined) return;
    const { code, reason, by, retryAfterMs = 0 } = ending;
    this.#beginEnding({ sessionId: this.id, code, name: nameOfCode(code), reason, by, retryAfterMs });
    this.#tellState();
    this.#tell(ToServer.end, 0, 0, 0, this.#ports.encode(ending));
  }

  #beginEnding(end: ReadEnd): void {
    if (this.#ending !== undefined) return;
    this.#ending = end;
    this.inbox.dropWaiting();
    this.run?.onEnding();
  }

  override onFirstRead(): void {
    this.#tell(ToServer.firstRead);
  }

  override onFlush(upTo: number): void {
    this.#tell(ToServer.flush, upTo);
  }

  override finish(message: ReceivedMessage): void {
    if (message.finished) return;
    message.finished = true;
    this.#tellState();
    const isHeld = message.unsettled > 0;
    if (isHeld) {
      this.#held ??= new Set();
      this.#held.add(message.sequence);
    }
    this.#tell(ToServer.finish, message.sequence, 0, isHeld ? HELD : 0);
    this.settle();
  }

  settle(): void {
    for (let message = this.inbox.settle(); message !== undefined; message = this.inbox.settle()) {
      if (this.#held?.delete(message.sequence) === true) this.#tell(ToServer.settled, message.sequence);
    }
  }

  /** A message was taken by the handler: the one after those that it has in hand. */
  override onTaken(message: ReceivedMessage): void {
    this.#tell(ToServer.take, message.sequence);
  }

  override onSendFailed(error: unknown): void {
    this.#tell(ToServer.callbackFailed, 0, 0, 0, this.#ports.encodeError(error));
  }

  /** What still waits for room waits in the server from now on, as it would without threads. */
  handlerReturned(): void {
    this.#hasReturned = true;
    this.run?.onProgress();
    this.#tellState();
    this.#tell(ToServer.returned);
    this.#forgetWhenOver();
  }

  handlerFailed(error: unknown): void {
    this.#hasReturned = true;
    this.#tell(ToServer.failed, 0, 0, 0, this.#ports.encodeError(error));
    this.#forgetWhenOver();
  }

  /** Something that the handler left to itself has failed. The handler goes on, until it sees the end. */
  handlerLeftFailure(error: unknown): void {
    this.#tell(ToServer.failed, 1, 0, 0, this.#ports.encodeError(error));
  }

  rewind(): boolean {
    return false;
  }

  /** Tells the server something about this run. */
  #tell(kind: number, a = 0, b = 0, flags = 0, payload?: string | Uint8Array): void {
    this.#ports.tell({ kind, flags, run: this.number, a, b }, payload);
  }

  #tellState(): void {
    if (this.stateText === this.#toldState) return;
    this.#toldState = this.stateText;
    this.#tell(ToServer.state, 0, 0, 0, this.stateText);
  }

  // What the server tells.

  onMessage({ a: sequence, flags, bytes }: Told): void {
    if (flags & MessageFlag.lineFeed) this.#lineEnding = flags & MessageFlag.carriageReturn ? "\r\n" : "\n";
    if (this.isEnding) return;
    const payload = new BytesPayload(bytes, (flags & MessageFlag.text) !== 0);
    this.inbox.push(new ReceivedMessage(this, payload, sequence, (flags & MessageFlag.wantsReply) !== 0));
    this.run?.onMessage();
  }

  onReply({ a: request, b: sequence, flags, bytes }: Told): void {
    this.run?.onReply(new ReceivedMessage(this, new BytesPayload(bytes, flags === TEXT), sequence), request);
  }

  onReadEnd(end: ReadEnd): void {
    this.#readEnd = end;
    this.run?.onMessage();
  }

  onEnding(end: ReadEnd): void {
    this.#beginEnding(end);
  }

  onStanding({ status, peer }: Standing): void {
    this.peer = peer;
    this.#status = status;
    this.run?.onStatus();
  }

  onClosed(info: CloseInfo): void {
    this.info = info;
    this.#status = "closed";
    this.env.deadlines.cancel(this);
    this.run?.onStatus();
    this.run?.onClosed(info);
    this.#forgetWhenOver();
  }

  onAccepted(messages: number, bytes: number): void {
    this.#accepted = messages;
    this.#acceptedBytes = bytes;
    this.onRoom();
  }

  /** There may be room to send. */
  onRoom(): void {
    if (this.#isBlocked) this.run?.onProgress();
  }

  onFlushed(upTo: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, upTo);
    this.run?.onProgress();
  }

  #forgetWhenOver(): void {
    if (this.#hasReturned && this.info !== undefined) this.#ports.forget(this.number);
  }

  onTime(now: number): number {
    return this.run?.onTime(now) ?? Number.POSITIVE_INFINITY;
  }
}

function flagOf(payload: string | Uint8Array): number {
  return typeof payload === "string" ? TEXT : 0;
}

export function turnNumber(turn: Turn | undefined): number {
  if (turn === undefined) return NO_TURN;
  return turn.isFirst ? FIRST_TURN : turn.sequence;
}
