import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** How a virtual network behaves when nothing is wrong with it. */
export interface NetworkConditions {
  /** How long bytes travel, at least and at most; they never overtake each other. Default 0.5 to 3. */
  readonly latencyMs: readonly [least: number, most: number];
  /** How often what was written at once arrives in two pieces, cut anywhere. Default 0.1. */
  readonly splitChance: number;
  /** Bytes that the network and the receiver's system hold for a receiver that does not read. Default 64 KiB. */
  readonly bufferBytes: number;
}

/** Whoever reads a pipe's end, and whoever writes at its beginning. */
export interface PipeEnds {
  onBytes(bytes: Uint8Array): void;
  /** The writer was done. */
  onEnd(): void;
  /** The reader has taken everything that was above `bufferBytes`. */
  onDrained(): void;
}

/** `undefined`: the end. */
interface Segment {
  readonly at: number;
  readonly bytes: Uint8Array | undefined;
}

/** One direction of a connection: bytes arrive in order, some time later, or never. */
export class Pipe {
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #conditions: NetworkConditions;
  readonly #ends: PipeEnds;
  #segments: Segment[] = [];
  #lastAt = 0;
  #stalledUntil = 0;
  #unreadBytes = 0;
  #isFrozen = false;
  #isCut = false;
  #timer: unknown;
  #bytesToCut = Number.POSITIVE_INFINITY;
  #onCut: () => void = () => {};

  constructor(clock: VirtualClock, random: SeededRandom, conditions: NetworkConditions, ends: PipeEnds) {
    this.#clock = clock;
    this.#random = random;
    this.#conditions = conditions;
    this.#ends = ends;
  }

  /** Bytes that were written and that nobody on the way has taken yet. */
  get backlogBytes(): number {
    return Math.max(0, this.#unreadBytes - this.#conditions.bufferBytes);
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isCut) return;
    this.#unreadBytes += bytes.length;
    // A copy: what is shared between connections belongs to none of those that receive it.
    const copy = new Uint8Array(bytes);
    if (copy.length > 1 && this.#random.chance(this.#conditions.splitChance)) {
      const middle = this.#random.integer(1, copy.length - 1);
      this.#add(copy.subarray(0, middle));
      this.#add(copy.subarray(middle));
    } else {
      this.#add(copy);
    }
  }

  /** Nothing more will be written. */
  end(): void {
    if (!this.#isCut) this.#add(undefined);
  }

  /** Whatever is on its way is lost, and so is everything that is written from now on. Nobody is told. */
  cut(): void {
    this.#isCut = true;
    this.#segments = [];
    this.#unreadBytes = 0;
    this.#disarm();
  }

  /** Lets so many more bytes arrive, and then calls back instead of giving the rest. */
  cutAfter(bytes: number, onCut: () => void): void {
    this.#bytesToCut = bytes;
    this.#onCut = onCut;
  }

  /** The receiver reads no more. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#arm();
  }

  /** Nothing arrives for so long; then everything does. */
  stall(ms: number): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#clock.now() + ms);
    this.#arm();
  }

  #add(bytes: Uint8Array | undefined): void {
    const [least, most] = this.#conditions.latencyMs;
    this.#lastAt = Math.max(this.#lastAt, this.#clock.now() + this.#random.between(least, most));
    this.#segments.push({ at: this.#lastAt, bytes });
    if (this.#timer === undefined) this.#arm();
  }

  #arm(): void {
    this.#disarm();
    const [first] = this.#segments;
    if (first === undefined || this.#isFrozen) return;
    const at = Math.max(first.at, this.#stalledUntil);
    this.#timer = this.#clock.setTimer(() => this.#deliver(), at - this.#clock.now());
  }

  #disarm(): void {
    if (this.#timer !== undefined) this.#clock.clearTimer(this.#timer);
    this.#timer = undefined;
  }

  /** Gives the next piece; the one after it comes as an event of its own, even at the same time. */
  #deliver(): void {
    this.#timer = undefined;
    const segment = this.#segments.shift();
    if (segment === undefined) return;
    const { bytes } = segment;
    if (bytes === undefined) this.#ends.onEnd();
    else this.#give(bytes);
    this.#arm();
  }

  #give(bytes: Uint8Array): void {
    const hadBacklog = this.backlogBytes > 0;
    this.#unreadBytes -= bytes.length;
    const isLast = bytes.length >= this.#bytesToCut;
    this.#bytesToCut -= bytes.length;
    this.#ends.onBytes(isLast ? bytes.subarray(0, bytes.length + this.#bytesToCut) : bytes);
    if (isLast) this.#onCut();
    else if (hadBacklog && this.backlogBytes === 0) this.#ends.onDrained();
  }
}
