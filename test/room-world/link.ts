import { ByteWriter } from "../../src/protocol/bytes.ts";
import { writeWebSocketHeader } from "../../src/protocol/websocket/frame.ts";
import { OPCODE } from "../../src/protocol/websocket/opcode.ts";
import type { Outlet, WireForm } from "../../src/session/ports.ts";
import type { SeededRandom } from "../../src/testing/seeded-random.ts";
import type { VirtualClock } from "../../src/testing/virtual-clock.ts";

/** What a link tells the two that it joins. */
export interface LinkEnds {
  onBytes(bytes: Uint8Array): void;
  onDrained(): void;
}

/** The server's end of a line to a client, with the line: it takes its time, stands still, and breaks. */
export class Link implements Outlet {
  readonly form: WireForm;
  readonly lineEnding = "\n";
  readonly wroteAt = 0;
  hasRider = true;
  readonly writer = new ByteWriter();
  /** The most that has ever waited here. */
  mostBacklogBytes = 0;
  isSlow: boolean;
  isFrozen = false;
  isCut = false;
  readonly #clock: VirtualClock;
  readonly #random: SeededRandom;
  readonly #ends: LinkEnds;
  #parts: Uint8Array[] = [];
  #untaken: Uint8Array[] = [];
  #isFlushing = false;
  #isPumping = false;
  #lastAt = 0;

  constructor(form: WireForm, isSlow: boolean, clock: VirtualClock, random: SeededRandom, ends: LinkEnds) {
    this.form = form;
    this.isSlow = isSlow;
    this.#clock = clock;
    this.#random = random;
    this.#ends = ends;
  }

  get backlogBytes(): number {
    let bytes = this.writer.length;
    for (const part of this.#parts) bytes += part.length;
    for (const part of this.#untaken) bytes += part.length;
    return bytes;
  }

  flush(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#clock.setTimer(() => this.#flushNow(), 0);
  }

  share(bytes: Uint8Array): void {
    this.#seal();
    this.#parts.push(bytes);
    this.mostBacklogBytes = Math.max(this.mostBacklogBytes, this.backlogBytes);
    this.flush();
  }

  end(): void {}

  #seal(): void {
    if (this.writer.length === 0) return;
    const written = this.writer.take();
    if (this.form !== "bowline-websocket") {
      this.#parts.push(written);
      return;
    }
    const wrapped = new ByteWriter();
    writeWebSocketHeader(wrapped, OPCODE.binary, written.length);
    wrapped.bytes(written);
    this.#parts.push(wrapped.take());
  }

  #flushNow(): void {
    this.#isFlushing = false;
    this.#seal();
    this.#untaken.push(...this.#parts);
    this.#parts = [];
    this.pump();
  }

  /** Sends on what waits, one part at a time. */
  pump(): void {
    if (this.#isPumping || this.isFrozen || this.isCut) return;
    const [first] = this.#untaken;
    if (first === undefined) return;
    this.#isPumping = true;
    this.#clock.setTimer(() => this.#take(first), this.isSlow ? this.#random.between(0, 12) : 0);
  }

  #take(part: Uint8Array): void {
    this.#isPumping = false;
    if (this.isFrozen || this.isCut) return;
    this.#untaken.shift();
    this.#lastAt = Math.max(this.#lastAt, this.#clock.now() + this.#random.between(0.2, this.isSlow ? 15 : 2));
    this.#clock.setTimer(() => {
      if (!this.isCut) this.#ends.onBytes(new Uint8Array(part));
    }, this.#lastAt - this.#clock.now());
    if (this.backlogBytes === 0) this.#ends.onDrained();
    this.pump();
  }
}
