import type { Socket } from "node:net";
import { ByteWriter } from "../protocol/bytes.ts";
import type { Codec } from "../protocol/codec.ts";
import type { LineEnding } from "../protocol/lines.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { Timed } from "../runtime/deadlines.ts";
import type { Outlet, WireForm } from "../session/ports.ts";
import type { TransportEnvironment } from "./environment.ts";
import type { Flushable } from "./flush-list.ts";
import { own, type SocketOwner } from "./socket-owner.ts";

const NOTHING = new Uint8Array(0);

/** Whether what arrives is decoded, waits in the codec, or is thrown away. */
type Input = "open" | "paused" | "discarded";

/**
 * A connection on a socket: what all forms have in common.
 *
 * Input: chunks go into the codec, and units come out until somebody says pause. Output: what was written in a turn of
 * the event loop leaves in one write. Ending: what was written leaves first, and a peer that does not end too is cut
 * off after `closeTimeoutMs`. Whatever happens, the receiver hears exactly once that the connection is lost.
 */
export abstract class SocketConnection<Unit> implements Outlet, SocketOwner, Flushable, Timed {
  abstract get form(): WireForm;
  readonly writer = new ByteWriter();
  deadlineAt = 0;
  deadlineIndex = -1;
  protected abstract readonly codec: Codec<Unit>;
  protected readonly env: TransportEnvironment;
  readonly #socket: Socket;
  #isStarted = false;
  #input: Input = "open";
  #hasInputEnded = false;
  /** In wire form, in order; what the writer holds comes after them. */
  #parts: Uint8Array[] | undefined;
  #partBytes = 0;
  /** Somebody has seen a backlog. */
  #isWatched = false;
  #isDirty = false;
  #isEnding = false;
  /** Nothing can be written any more. */
  #isOver = false;
  #isLost = false;
  #destroyAt = Number.POSITIVE_INFINITY;

  constructor(socket: Socket, env: TransportEnvironment) {
    this.#socket = socket;
    this.env = env;
  }

  /** Begins to read; `bytes` were read from the socket before. The receiver must be there. */
  start(bytes: Uint8Array = NOTHING): void {
    own(this.#socket, this);
    this.#isStarted = true;
    this.env.traffic.connections[this.form] += 1;
    if (this.#socket.isPaused()) this.#socket.resume();
    if (bytes.length > 0) this.onData(bytes);
    if (this.#socket.readableEnded) this.onEnd();
  }

  /** Only plain lines have one. */
  get lineEnding(): LineEnding {
    return "";
  }

  // What each form does its own way.

  protected abstract onUnit(unit: Unit, now: number): void;
  /** What came is not the protocol; nothing more will be read. */
  protected abstract onViolation(error: ProtocolError, now: number): void;
  /** Everything that has arrived was given out, and more may come. */
  protected onInputWaiting(_now: number): void {}
  /** Everything was given out, and the peer sends no more. */
  protected abstract onInputEnd(now: number): void;
  /** The last moment to write in this turn. */
  protected abstract beforeFlush(now: number): void;
  /** Everything that was written has left. */
  protected abstract onDrained(): void;
  /** The connection is gone; comes once, and nothing after it. */
  protected abstract onLost(now: number): void;
  /** Deadlines of the form's own: does what is due, and returns when to be asked again. */
  protected onDeadline(_now: number): number {
    return Number.POSITIVE_INFINITY;
  }
  /** What the writer held, in wire form. */
  protected toWire(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    return bytes;
  }

  // Input.

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
    if (this.#input === "paused" || this.#isEnding) return;
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
    this.#socket.pause();
  }

  /** Goes on reading after a pause. */
  resume(): void {
    if (this.#input !== "paused") return;
    this.#input = "open";
    this.#pull(this.env.clock.now());
    // Again the property's type, since the units that were given out may have changed it.
    if ((this.#input as Input) !== "paused") this.#socket.resume();
  }

  // Output.

  get backlogBytes(): number {
    const bytes = this.#socket.writableLength + this.#partBytes + this.writer.length;
    // Whoever saw one may be waiting for it to leave.
    if (bytes > 0) this.#isWatched = true;
    return bytes;
  }

  flush(): void {
    if (this.#isDirty || this.#isOver) return;
    this.#isDirty = true;
    this.env.flushes.add(this);
  }

  share(bytes: Uint8Array): void {
    this.#seal();
    this.#addPart(bytes);
    this.flush();
  }

  /** Turns what the writer holds into a part, so that something else can come after it. */
  #seal(): void {
    if (this.writer.length > 0) this.#addPart(this.toWire(this.writer.take()));
  }

  #addPart(bytes: Uint8Array): void {
    this.#parts ??= [];
    this.#parts.push(bytes);
    this.#partBytes += bytes.length;
  }

  flushNow(now: number): void {
    if (this.#isOver) return;
    this.beforeFlush(now);
    this.#isDirty = false;
    if (this.#parts !== undefined) this.#writeParts(this.#parts);
    else if (this.writer.length > 0) this.#write(this.toWire(this.writer.take()));
    if (this.#isEnding) {
      this.#isOver = true;
      this.#socket.end();
    } else if (this.#socket.writableLength === 0) {
      // What the system takes at once is followed by no event.
      this.onDrain();
    } else if (this.#socket.writableLength > this.#mostBacklogBytes) {
      this.destroy();
    }
  }

  #writeParts(parts: Uint8Array[]): void {
    this.#seal();
    this.#parts = undefined;
    this.#partBytes = 0;
    const [first] = parts;
    if (parts.length === 1 && first !== undefined) {
      this.#write(first);
      return;
    }
    const hasToWait = this.#socket.writableLength > 0;
    this.#socket.cork();
    for (const part of parts) this.#write(part, hasToWait);
    this.#socket.uncork();
  }

  #write(bytes: Uint8Array, hasToWait = this.#socket.writableLength > 0): void {
    this.env.traffic.bytesOut += bytes.length;
    this.#socket.write(hasToWait ? alone(bytes) : bytes);
  }

  /** Windows bound what sessions send. Answers have none: a peer that asks and does not read is cut off here. */
  get #mostBacklogBytes(): number {
    const { sessionWindowBytes, maxMessageBytes } = this.env.limits;
    return 2 * (sessionWindowBytes + maxMessageBytes);
  }

  onDrain(): void {
    if (!this.#isWatched || this.#isLost) return;
    this.#isWatched = false;
    this.onDrained();
  }

  // Ending.

  end(): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    const wasPaused = this.#input === "paused";
    this.#input = "discarded";
    this.flush();
    this.destroyLater();
    // Else the peer's own end would not be seen.
    if (wasPaused) this.#socket.resume();
  }

  protected get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Cuts the connection off if it has not ended by itself in time. */
  protected destroyLater(): void {
    if (this.#destroyAt !== Number.POSITIVE_INFINITY) return;
    this.#destroyAt = this.env.clock.now() + this.env.limits.closeTimeoutMs;
    this.env.deadlines.wake(this, this.#destroyAt);
  }

  destroy(): void {
    this.#isOver = true;
    this.#input = "discarded";
    this.#socket.destroy();
  }

  onError(_error: NodeJS.ErrnoException): void {
    // The network's errors are as good as an end; `onClose` follows.
  }

  onClose(): void {
    this.#isOver = true;
    this.env.deadlines.cancel(this);
    if (this.#isStarted) this.env.traffic.connections[this.form] -= 1;
    this.lose(this.env.clock.now());
  }

  /** Tells the receiver that the connection is gone, unless it knows. */
  protected lose(now: number): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.onLost(now);
  }

  onTime(now: number): number {
    if (now >= this.#destroyAt) {
      this.destroy();
      return Number.POSITIVE_INFINITY;
    }
    return Math.min(this.#destroyAt, this.onDeadline(now));
  }
}

/** The bytes, in memory that is mostly theirs: what waits would otherwise keep all of the slab that it is a part of. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length ? new Uint8Array(bytes) : bytes;
}
