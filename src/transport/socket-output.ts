import type { Socket } from "node:net";
import { ByteWriter } from "../protocol/bytes.ts";
import type { LineEnding } from "../protocol/lines.ts";
import type { Timed } from "../runtime/deadlines.ts";
import type { Outlet, WireForm } from "../session/ports.ts";
import type { TransportEnvironment } from "./environment.ts";
import type { Flushable } from "./flush-list.ts";

const NEVER = Number.POSITIVE_INFINITY;

/**
 * What leaves by a socket, and how that ends.
 *
 * What was written in a turn of the event loop leaves in one write. At the end, what was written leaves first, and a peer
 * that does not end too is cut off after `closeTimeoutMs`.
 */
export abstract class SocketOutput implements Outlet, Flushable, Timed {
  readonly writer = new ByteWriter();
  hasRider = true;
  deadlineAt = 0;
  deadlineIndex = -1;
  protected readonly env: TransportEnvironment;
  protected readonly socket: Socket;
  /** In wire form, in order; what the writer holds comes after them. Mostly there is one, which needs no array. */
  #part: Uint8Array | undefined;
  #laterParts: Uint8Array[] | undefined;
  #partBytes = 0;
  /** What the socket holds, since the system did not take it at once. */
  #heldBytes = 0;
  #wroteAt: number;
  /** It is in the list of those to flush. */
  #isListed = false;
  /** The writer may hold something. */
  #isWritten = false;
  /** Somebody has seen a backlog. */
  #isWatched = false;
  #isEnding = false;
  /** Nothing can be written any more. */
  #isOver = false;
  #destroyAt = NEVER;

  constructor(socket: Socket, env: TransportEnvironment) {
    this.socket = socket;
    this.env = env;
    this.#wroteAt = env.clock.now();
  }

  abstract get form(): WireForm;

  /** Only plain lines have one. */
  get lineEnding(): LineEnding {
    return "";
  }

  // What each form does its own way.

  /** The last moment to write in this turn. */
  protected abstract beforeFlush(now: number): void;
  /** Everything that was written has left, and somebody waited for that. */
  protected abstract onDrained(): void;
  /** What the writer held, in wire form. */
  protected toWire(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    return bytes;
  }
  /** Deadlines of the form's own: does what is due, and returns when to be asked again. */
  protected onDeadline(_now: number): number {
    return NEVER;
  }

  // Writing.

  get #waitingBytes(): number {
    return this.#heldBytes + this.#partBytes + (this.#isWritten ? this.writer.length : 0);
  }

  get backlogBytes(): number {
    const bytes = this.#waitingBytes;
    // Whoever saw one may be waiting for it to leave.
    if (bytes > 0) this.#isWatched = true;
    return bytes;
  }

  get wroteAt(): number {
    return this.#wroteAt;
  }

  flush(): void {
    this.#isWritten = true;
    this.#list();
  }

  #list(): void {
    if (this.#isListed || this.#isOver) return;
    this.#isListed = true;
    this.env.flushes.add(this);
  }

  share(bytes: Uint8Array): void {
    // Of what is not meant for terminals, they get nothing.
    if (bytes.length === 0) return;
    if (this.#isWritten) this.#seal();
    this.#addPart(asBuffer(bytes));
    this.#list();
  }

  /** Turns what the writer holds into a part, so that something else can come after it. */
  #seal(): void {
    this.#isWritten = false;
    if (this.writer.length > 0) this.#addPart(this.toWire(this.writer.take()));
  }

  #addPart(bytes: Uint8Array): void {
    if (this.#part === undefined) {
      this.#part = bytes;
    } else {
      this.#laterParts ??= [];
      this.#laterParts.push(bytes);
    }
    this.#partBytes += bytes.length;
  }

  flushNow(now: number): void {
    if (this.#isOver) return;
    if (this.#heldBytes > 0 && !this.#isEnding) {
      this.#isListed = false;
      // Each write that waits costs much more than its bytes. So one waits, and what comes behind it waits together.
      this.writer.moveOut();
      if (this.#waitingBytes > this.#mostBacklogBytes) this.destroy();
      return;
    }
    if (this.hasRider) {
      this.beforeFlush(now);
      this.#isWritten = true;
    }
    this.#isListed = false;
    this.#wroteAt = now;
    if (this.#part !== undefined) this.#writeParts(this.#part);
    else if (this.writer.length > 0) this.#write(this.toWire(this.writer.take()));
    this.#isWritten = false;
    if (this.#isEnding) {
      this.#isOver = true;
      this.socket.end();
    } else if (this.#heldBytes === 0) {
      // What the system takes at once is followed by no event.
      this.onDrain();
    } else if (this.#heldBytes > this.#mostBacklogBytes) {
      this.destroy();
    }
  }

  #writeParts(first: Uint8Array): void {
    if (this.#isWritten) this.#seal();
    const later = this.#laterParts;
    this.#part = this.#laterParts = undefined;
    this.#partBytes = 0;
    if (later === undefined) {
      this.#write(first);
      return;
    }
    const hasToWait = this.#heldBytes > 0;
    this.socket.cork();
    for (const part of [first, ...later]) {
      this.env.traffic.bytesOut += part.length;
      this.socket.write(hasToWait ? alone(part) : part);
    }
    this.socket.uncork();
    this.#heldBytes = this.socket.writableLength;
  }

  #write(bytes: Uint8Array): void {
    this.env.traffic.bytesOut += bytes.length;
    const wasTaken = this.socket.write(this.#heldBytes > 0 ? alone(bytes) : bytes);
    if (!wasTaken) this.#heldBytes = this.socket.writableLength;
  }

  /** Windows bound what sessions send. Answers have none: a peer that asks and does not read is cut off here. */
  get #mostBacklogBytes(): number {
    const { sessionWindowBytes, maxMessageBytes } = this.env.limits;
    return 2 * (sessionWindowBytes + maxMessageBytes);
  }

  onDrain(): void {
    this.#heldBytes = 0;
    if (this.#isOver) return;
    if (this.#part !== undefined || this.writer.length > 0) this.flush();
    if (!this.#isWatched) return;
    this.#isWatched = false;
    this.onDrained();
  }

  // Ending.

  end(_code?: number): void {
    if (this.#isEnding) return;
    this.#isEnding = true;
    this.flush();
    this.destroyLater();
  }

  protected get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Cuts the connection off if it has not ended by itself in time. */
  protected destroyLater(): void {
    if (this.#destroyAt !== NEVER) return;
    this.#destroyAt = this.env.clock.now() + this.env.limits.closeTimeoutMs;
    this.env.deadlines.wake(this, this.#destroyAt);
  }

  destroy(): void {
    this.#isOver = true;
    this.socket.destroy();
  }

  onClose(): void {
    this.#isOver = true;
    this.env.deadlines.cancel(this);
  }

  onTime(now: number): number {
    if (now < this.#destroyAt) return Math.min(this.#destroyAt, this.onDeadline(now));
    this.destroy();
    return NEVER;
  }
}

let sharedLast: Uint8Array | undefined;
let sharedBuffer: Buffer = Buffer.alloc(0);

/** The bytes as a `Buffer`: made once for all connections that share them, where each socket would make its own. */
function asBuffer(bytes: Uint8Array): Buffer {
  if (bytes !== sharedLast) {
    sharedLast = bytes;
    sharedBuffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }
  return sharedBuffer;
}

/** The bytes, in memory that is mostly theirs: what waits would otherwise keep all of the slab that it is a part of. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length ? new Uint8Array(bytes) : bytes;
}
