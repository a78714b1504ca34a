import { ByteWriter } from "../protocol/bytes.ts";
import type { Codec } from "../protocol/codec.ts";
import type { LineEnding } from "../protocol/lines.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { Outlet, WireForm } from "../session/ports.ts";
import type { Pipe } from "./pipe.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/**
 * One end of a connection in memory: what all forms have in common. Like a socket's, its bytes pass through a codec,
 * what is written in a turn leaves at the end of it, and its receiver hears once that it is lost.
 */
export abstract class MemoryConnection<Unit> implements Outlet {
  abstract readonly form: WireForm;
  readonly writer = new ByteWriter();
  lineEnding: LineEnding = "";
  wroteAt = 0;
  hasRider = true;
  protected abstract readonly codec: Codec<Unit>;
  protected readonly clock: VirtualClock;
  readonly #pipe: Pipe;
  #parts: Uint8Array[] = [];
  #isFlushing = false;
  #isEnding = false;
  #isLost = false;
  #isPaused = false;
  #hasReadEnd = false;
  #endsWriting = false;

  /** `pipe` is the direction that this end writes to. */
  constructor(pipe: Pipe, clock: VirtualClock) {
    this.#pipe = pipe;
    this.clock = clock;
  }

  protected abstract onUnit(unit: Unit, now: number): void;
  protected abstract onViolation(error: ProtocolError, now: number): void;
  /** Everything that has arrived was given out. */
  protected onInputWaiting(_now: number): void {}
  protected abstract onInputEnd(now: number): void;
  protected abstract beforeFlush(now: number): void;
  protected abstract onLost(now: number): void;
  abstract onDrained(): void;

  get backlogBytes(): number {
    let bytes = this.#pipe.backlogBytes + this.writer.length;
    for (const part of this.#parts) bytes += part.length;
    return bytes;
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  protected get isEnding(): boolean {
    return this.#isEnding;
  }

  protected get hasReadEnd(): boolean {
    return this.#hasReadEnd;
  }

  flush(): void {
    if (this.#isFlushing || this.#isLost) return;
    this.#isFlushing = true;
    this.clock.setTimer(() => this.#flushNow(), 0);
  }

  share(bytes: Uint8Array): void {
    if (this.writer.length > 0) this.#parts.push(this.writer.take());
    this.#parts.push(bytes);
    this.flush();
  }

  #flushNow(): void {
    this.#isFlushing = false;
    if (this.#isLost) return;
    this.wroteAt = this.clock.now();
    if (this.hasRider) this.beforeFlush(this.wroteAt);
    for (const part of this.#parts) this.#pipe.write(part);
    this.#parts = [];
    this.#pipe.write(this.writer.take());
    if (this.#isEnding || this.#endsWriting) this.#pipe.end();
    if (this.#isEnding) this.lose();
    else if (this.backlogBytes === 0) this.onDrained();
  }

  /** Sends no more after what was written so far, and goes on reading. */
  endWriting(): void {
    this.#endsWriting = true;
    this.flush();
  }

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.flush();
  }

  protected pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#pull();
  }

  /** Bytes from the other end. */
  onBytes(bytes: Uint8Array): void {
    if (this.#isEnding || this.#isLost) return;
    this.codec.push(bytes);
    this.#pull();
  }

  /** The other end has ended. */
  onEnd(): void {
    if (this.#isLost) return;
    this.#hasReadEnd = true;
    this.#pull();
  }

  #pull(): void {
    const now = this.clock.now();
    while (!this.#isPaused && !this.#isEnding && !this.#isLost) {
      const unit = this.#next(now);
      if (unit === undefined) break;
      this.onUnit(unit, now);
    }
    if (this.#isPaused || this.#isLost) return;
    if (this.#hasReadEnd) this.onInputEnd(now);
    else this.onInputWaiting(now);
  }

  #next(now: number): Unit | undefined {
    try {
      return this.codec.next();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#isPaused = true;
      this.onViolation(error, now);
      return undefined;
    }
  }

  /** The connection is gone, as far as this end knows. */
  lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.onLost(this.clock.now());
  }

  /** The process of this end is dead: nobody is told anything any more. */
  vanish(): void {
    this.#isLost = true;
  }
}
