import type { Codec } from "../protocol/codec.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { SocketOutput } from "./socket-output.ts";
import { own, type SocketOwner } from "./socket-owner.ts";

const NOTHING = new Uint8Array(0);

/** Whether what arrives is decoded, waits in the codec, or is thrown away. */
type Input = "open" | "paused" | "discarded";

/**
 * A connection on a socket: what all forms have in common.
 *
 * Chunks go into the codec, and units come out until somebody says pause. Whatever happens, the receiver hears exactly
 * once that the connection is lost.
 */
export abstract class SocketConnection<Unit> extends SocketOutput implements SocketOwner {
  protected abstract readonly codec: Codec<Unit>;
  #isStarted = false;
  #input: Input = "open";
  #hasInputEnded = false;
  #isLost = false;

  /** Begins to read; `bytes` were read from the socket before. The receiver must be there. */
  start(bytes: Uint8Array = NOTHING): void {
    own(this.socket, this);
    this.#isStarted = true;
    this.env.traffic.connections[this.form] += 1;
    if (this.socket.isPaused()) this.socket.resume();
    if (bytes.length > 0) this.onData(bytes);
    if (this.socket.readableEnded) this.onEnd();
  }

  // What each form does its own way.

  protected abstract onUnit(unit: Unit, now: number): void;
  /** What came is not the protocol; nothing more will be read. */
  protected abstract onViolation(error: ProtocolError, now: number): void;
  /** Everything that has arrived was given out, and more may come. */
  protected onInputWaiting(_now: number): void {}
  /** Everything was given out, and the peer sends no more. */
  protected abstract onInputEnd(now: number): void;
  /** The connection is gone; comes once, and nothing after it. */
  protected abstract onLost(now: number): void;

  // Reading.

  onData(bytes: Uint8Array): void {
    this.env.traffic.bytesIn += bytes.length;
    if (this.#input === "discarded") return;
    this.codec.push(bytes);
    if (this.#input === "open") this.#pull(this.env.clock.now());
  }

  onEnd(): void {
    this.#hasInputEnded = true;
    try {
      this.codec.end();
    } catch {
      // A unit that was cut off: the line broke. That is no broken rule.
    }
    if (this.#input !== "paused") this.#pull(this.env.clock.now());
  }

  #pull(now: number): void {
    while (this.#input === "open") {
      const unit = this.#next(now);
      if (unit === undefined) break;
      this.onUnit(unit, now);
    }
    if (this.#input === "paused" || this.isEnding) return;
    if (this.#hasInputEnded) this.onInputEnd(now);
    else if (this.#input === "open") this.onInputWaiting(now);
  }

  #next(now: number): Unit | undefined {
    try {
      return this.codec.next();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail(error, now);
      return undefined;
    }
  }

  /** Reads no more, since the peer broke a rule. */
  protected fail(error: ProtocolError, now: number): void {
    this.#input = "discarded";
    this.onViolation(error, now);
  }

  protected get input(): Input {
    return this.#input;
  }

  /** The peer said that it was done. */
  protected get hasInputEnded(): boolean {
    return this.#hasInputEnded;
  }

  /** What is undecoded stays in the codec, and what has not arrived stays with the peer. */
  protected pause(): void {
    if (this.#input !== "open") return;
    this.#input = "paused";
    this.socket.pause();
  }

  /** Goes on reading after a pause. */
  resume(): void {
    if (this.#input !== "paused") return;
    this.#input = "open";
    this.#pull(this.env.clock.now());
    // Again the property's type, since the units that were given out may have changed it.
    if ((this.#input as Input) !== "paused") this.socket.resume();
  }

  // Ending.

  override end(_code?: number): void {
    const isPaused = this.#input === "paused";
    this.#input = "discarded";
    super.end();
    // Else the peer's own end would not be seen.
    if (isPaused) this.socket.resume();
  }

  override destroy(): void {
    this.#input = "discarded";
    super.destroy();
  }

  onError(_error: NodeJS.ErrnoException): void {
    // The network's errors are as good as an end; `onClose` follows.
  }

  override onClose(): void {
    super.onClose();
    if (this.#isStarted) this.env.traffic.connections[this.form] -= 1;
    this.lose(this.env.clock.now());
  }

  /** Tells the receiver that the connection is gone, unless it knows. */
  protected lose(now: number): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.onLost(now);
  }
}
