import type { Socket } from "node:net";
import { type Detection, Detector } from "../protocol/detect.ts";
import type { Timed } from "../runtime/deadlines.ts";
import type { TransportEnvironment } from "../transport/environment.ts";
import { own, type SocketOwner } from "../transport/socket-owner.ts";

/** How long bytes may stay ambiguous (`docs/protocol.md` §2.2). */
const UNDECIDED_MS = 1_000;

const NEVER = Number.POSITIVE_INFINITY;
const NOTHING = new Uint8Array(0);

/** What a connection turned out to speak. */
export type Speech = Exclude<Detection, "undecided" | "more">;

/** Who a connection comes from, as far as its socket tells. */
export interface Caller {
  readonly address: string;
  readonly isSecure: boolean;
  /** There is no room for it. It is told so in its own words, once it has shown what these are. */
  readonly isRefused: boolean;
}

/** A connection that was greeted before it said anything: it has a session already, and waits to be read. */
export interface Greeted extends SocketOwner {
  start(bytes: Uint8Array): void;
}

/** Whoever takes connections on from here. */
export interface ArrivalHost {
  /** It has been silent for as long as a port of plain lines waits with its greeting. */
  onGreet(arrival: Arrival): Greeted;
  /** It was silent until now. */
  onFirstByte(arrival: Arrival): void;
  /** What it speaks is known. The socket is the host's now; `bytes` were read from it. */
  onDecided(arrival: Arrival, speech: Speech, bytes: Uint8Array): void;
  /** It is gone without having been decided. */
  onGone(arrival: Arrival): void;
}

/**
 * A connection, until it is known what it speaks. Nothing is sent on it.
 *
 * It may be silent until `silentUntil`. From its first byte on it has `openTimeoutMs` to come to a session.
 */
export class Arrival implements SocketOwner, Timed {
  readonly socket: Socket;
  readonly caller: Caller;
  /** When its session has to be open; known from the first byte on, and over when it has opened. */
  openBy = NEVER;
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly #env: TransportEnvironment;
  readonly #host: ArrivalHost;
  #silentUntil: number;
  #greetAt = NEVER;
  #greeted: Greeted | undefined;
  #decideBy = NEVER;
  #detector: Detector | undefined;
  #isDecided = false;

  constructor(socket: Socket, caller: Caller, env: TransportEnvironment, host: ArrivalHost, silentUntil: number) {
    this.socket = socket;
    this.caller = caller;
    this.#env = env;
    this.#host = host;
    this.#silentUntil = silentUntil;
    env.deadlines.wake(this, silentUntil);
    own(socket, this);
  }

  /** Lets it be silent for longer. */
  beSilentUntil(at: number): void {
    this.#silentUntil = at;
  }

  /** Does not wait for its first byte any longer than until then. */
  greetAt(at: number): void {
    this.#greetAt = at;
    this.#env.deadlines.wake(this, at);
  }

  /** The connection that was greeted, if it was. */
  get greeted(): Greeted | undefined {
    return this.#greeted;
  }

  onData(bytes: Uint8Array): void {
    this.#detector ??= this.#beginToDecide();
    const detection = this.#detector.push(bytes);
    if (detection === "more") this.#env.deadlines.wake(this, this.#decideBy);
    else if (detection !== "undecided") this.#decide(this.#detector, detection);
  }

  #beginToDecide(): Detector {
    const { clock, limits } = this.#env;
    const now = clock.now();
    this.openBy = now + limits.openTimeoutMs;
    this.#decideBy = Math.min(now + UNDECIDED_MS, this.openBy);
    this.#host.onFirstByte(this);
    return new Detector(limits.maxLineBytes);
  }

  #decide(detector: Detector, speech: Speech): void {
    this.#isDecided = true;
    this.#env.deadlines.cancel(this);
    this.#host.onDecided(this, speech, detector.take());
  }

  /** No more comes, or not in time. */
  #giveUp(detector: Detector): void {
    const speech = detector.giveUp();
    if (speech === undefined) this.socket.destroy();
    else this.#decide(detector, speech);
  }

  /** Cuts the connection off at `openBy`, unless it has opened by then. */
  mustOpen(): void {
    this.#env.deadlines.wake(this, this.openBy);
  }

  hasOpened(): void {
    this.openBy = NEVER;
    this.#env.deadlines.cancel(this);
  }

  /** `printf B | nc`: what has come is all there is. */
  onEnd(): void {
    if (this.#detector !== undefined) this.#giveUp(this.#detector);
    else if (this.#greeted !== undefined) this.#greeted.start(NOTHING);
    else this.socket.destroy();
  }

  onDrain(): void {
    this.#greeted?.onDrain();
  }

  onError(): void {}

  onClose(): void {
    this.#env.deadlines.cancel(this);
    this.#host.onGone(this);
    this.#greeted?.onClose();
  }

  onTime(now: number): number {
    if (now < this.#dueAt) return this.#dueAt;
    if (!this.#isDecided && this.#detector !== undefined) this.#giveUp(this.#detector);
    else if (!this.#isDecided && this.#greetAt !== NEVER) this.#greeted = this.#host.onGreet(this);
    else this.socket.destroy();
    return NEVER;
  }

  get #dueAt(): number {
    if (this.#isDecided) return this.openBy;
    if (this.#detector !== undefined) return this.#decideBy;
    return this.#greeted === undefined ? Math.min(this.#greetAt, this.#silentUntil) : NEVER;
  }
}
