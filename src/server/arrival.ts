import type { Socket } from "node:net";
import { type Detection, Detector } from "../protocol/detect.ts";
import type { Timed } from "../runtime/deadlines.ts";
import type { TransportEnvironment } from "../transport/environment.ts";
import { own, type SocketOwner } from "../transport/socket-owner.ts";

/** How long bytes may stay ambiguous (`docs/protocol.md` §2.2). */
const UNDECIDED_MS = 1_000;

/** What a connection turned out to speak. */
export type Speech = Exclude<Detection, "undecided" | "more">;

/** Who a connection comes from, as far as its socket tells. */
export interface Caller {
  readonly address: string;
  readonly isSecure: boolean;
  /** There is no room for it. It is told so in its own words, once it has shown what these are. */
  readonly isRefused: boolean;
}

/** Whoever takes connections on from here. */
export interface ArrivalHost {
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
  /** When its session has to be open; known from the first byte on. */
  openBy = Number.POSITIVE_INFINITY;
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly #env: TransportEnvironment;
  readonly #host: ArrivalHost;
  #silentUntil: number;
  #decideBy = Number.POSITIVE_INFINITY;
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

  /** Cuts the connection off at `openBy`, unless it has opened by then. */
  mustOpen(): void {
    this.#env.deadlines.wake(this, this.openBy);
  }

  hasOpened(): void {
    this.#env.deadlines.cancel(this);
  }

  /** `printf B | nc`: what has come is all there is. */
  onEnd(): void {
    if (this.#detector === undefined) this.socket.destroy();
    else this.#decide(this.#detector, this.#detector.giveUp());
  }

  onDrain(): void {}

  onError(): void {}

  onClose(): void {
    this.#env.deadlines.cancel(this);
    this.#host.onGone(this);
  }

  onTime(now: number): number {
    const due = this.#isDecided ? this.openBy : this.#detector === undefined ? this.#silentUntil : this.#decideBy;
    if (now < due) return due;
    if (this.#detector === undefined || this.#isDecided) this.socket.destroy();
    else this.#decide(this.#detector, this.#detector.giveUp());
    return Number.POSITIVE_INFINITY;
  }
}
