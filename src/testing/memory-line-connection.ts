import { CLOSE_CODES, closeName } from "../protocol/close-codes.ts";
import { type Line, LineCodec } from "../protocol/lines.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { sanitizeForTerminal } from "../protocol/terminal-text.ts";
import { TextPayload } from "../runtime/message.ts";
import type { PlainConnection, PlainReceiver } from "../runtime/ports.ts";
import type { Limits } from "../session/limits.ts";
import { MemoryConnection } from "./memory-connection.ts";
import type { Pipe } from "./pipe.ts";
import type { VirtualClock } from "./virtual-clock.ts";

function ignore(): void {}

const NOBODY: PlainReceiver = {
  onMessage: () => true,
  onProtocolError: ignore,
  onDrained: ignore,
  onReadEnd: ignore,
  onLost: ignore,
};

/** The server's end of a connection in memory that carries plain lines. */
export class MemoryLineConnection extends MemoryConnection<Line> implements PlainConnection {
  readonly form = "lines";
  receiver = NOBODY;
  protected readonly codec: LineCodec;

  constructor(pipe: Pipe, clock: VirtualClock, limits: Limits) {
    super(pipe, clock);
    this.codec = new LineCodec(limits.maxLineBytes);
    this.lineEnding = "\n";
  }

  sendMessage(payload: string | Uint8Array): void {
    this.writer.payload(typeof payload === "string" ? sanitizeForTerminal(payload) : `[${payload.byteLength} bytes]`);
    this.writer.payload(this.lineEnding);
    this.flush();
  }

  close(code: number, reason: string): void {
    if (this.isEnding) return;
    if (code !== CLOSE_CODES.normal.code)
      this.sendMessage(`error: ${reason === "" ? (closeName(code) ?? code) : reason}`);
    this.end();
  }

  destroy(): void {
    this.lose();
  }

  protected onUnit(line: Line, now: number): void {
    this.lineEnding = line.ending;
    if (!this.receiver.onMessage(new TextPayload(line.text), now)) this.pause();
  }

  protected onViolation(error: ProtocolError, now: number): void {
    this.receiver.onProtocolError(error, now);
  }

  /** The client may still be reading: the session decides when to end. */
  protected onInputEnd(): void {
    this.receiver.onReadEnd();
  }

  protected beforeFlush(): void {}

  onDrained(): void {
    this.receiver.onDrained();
  }

  protected onLost(now: number): void {
    if (this.hasReadEnd || this.isEnding) this.receiver.onLost(true, CLOSE_CODES.normal.code, "", now);
    else this.receiver.onLost(false, CLOSE_CODES["session-expired"].code, "the connection was lost", now);
  }
}
