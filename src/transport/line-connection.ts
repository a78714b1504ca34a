import type { Socket } from "node:net";
import { CLOSE_CODES, closeName } from "../protocol/close-codes.ts";
import { type Line, LineCodec, type LineEnding } from "../protocol/lines.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { sanitizeForTerminal } from "../protocol/terminal-text.ts";
import { TextPayload } from "../runtime/message.ts";
import type { PlainConnection, PlainReceiver } from "../runtime/ports.ts";
import type { TransportEnvironment } from "./environment.ts";
import { LOST } from "./lost.ts";
import { SILENT_PLAIN_RECEIVER } from "./silent-receiver.ts";
import { SocketConnection } from "./socket-connection.ts";

/** How long nothing more may have come before what has is a message, for peers that send no newline. */
const QUIET_MS = 20;

/** Plain lines, on TCP or TLS (`docs/protocol.md`, Plain lines). */
export class LineConnection extends SocketConnection<Line> implements PlainConnection {
  receiver: PlainReceiver = SILENT_PLAIN_RECEIVER;
  protected readonly codec: LineCodec;
  readonly #role: "server" | "client";
  #ending: LineEnding = "\n";
  #quietAt = Number.POSITIVE_INFINITY;

  /** `role` is our own side's: a server answers in the client's way of ending lines, and says why it closes. */
  constructor(socket: Socket, env: TransportEnvironment, role: "server" | "client") {
    super(socket, env);
    this.#role = role;
    this.codec = new LineCodec(env.limits.maxLineBytes);
  }

  get form(): "lines" {
    return "lines";
  }

  override get lineEnding(): LineEnding {
    return this.#ending;
  }

  sendMessage(payload: string | Uint8Array): void {
    const { writer } = this;
    writer.payload(typeof payload === "string" ? sanitizeForTerminal(payload) : `[${payload.byteLength} bytes]`);
    if (this.#ending !== "") writer.payload(this.#ending);
    this.flush();
  }

  close(code: number, reason: string): void {
    if (this.isEnding) return;
    if (code !== CLOSE_CODES.normal.code && this.#role === "server") {
      this.sendMessage(`error: ${reason === "" ? (closeName(code) ?? code) : reason}`);
    }
    this.end();
  }

  protected onUnit(line: Line, now: number): void {
    if (this.#role === "server") this.#ending = line.ending;
    if (!this.receiver.onMessage(new TextPayload(line.text), now)) this.pause();
  }

  protected onViolation(error: ProtocolError, now: number): void {
    this.receiver.onProtocolError(error, now);
  }

  protected override onInputWaiting(now: number): void {
    if (!this.codec.partial) {
      this.#quietAt = Number.POSITIVE_INFINITY;
      return;
    }
    this.#quietAt = now + QUIET_MS;
    this.env.deadlines.wake(this, this.#quietAt);
  }

  protected override onDeadline(now: number): number {
    if (now < this.#quietAt) return this.#quietAt;
    this.#quietAt = Number.POSITIVE_INFINITY;
    if (this.input !== "open") return this.#quietAt;
    const line = this.codec.takePartial();
    if (line !== undefined) this.onUnit(line, now);
    else if (this.codec.partial) this.#quietAt = now + QUIET_MS;
    return this.#quietAt;
  }

  /** The peer may still be reading: the session decides when to end. */
  protected onInputEnd(): void {
    this.receiver.onReadEnd();
  }

  protected beforeFlush(): void {}

  protected onDrained(): void {
    this.receiver.onDrained();
  }

  protected onLost(now: number): void {
    if (this.hasInputEnded) this.receiver.onLost(true, CLOSE_CODES.normal.code, "", now);
    else this.receiver.onLost(false, LOST.code, LOST.reason, now);
  }
}
