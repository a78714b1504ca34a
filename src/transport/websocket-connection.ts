import type { Socket } from "node:net";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { encodeWebSocketClose, NO_CLOSE_CODE } from "../protocol/websocket/close-frame.ts";
import { encodeWebSocketFrame } from "../protocol/websocket/frame.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";
import { WebSocketCodec, type WebSocketUnit } from "../protocol/websocket/websocket-codec.ts";
import { WebSocketError } from "../protocol/websocket/websocket-error.ts";
import type { TransportEnvironment } from "./environment.ts";
import { randomMask } from "./random-mask.ts";
import { SocketConnection } from "./socket-connection.ts";

/** A peer that does not read gets no more pongs: the last ping is the one that counts (RFC 6455 §5.5.3). */
const MOST_PONG_BACKLOG_BYTES = 64 * 1024;

/** A WebSocket after its upgrade, whatever its messages are: control frames and the closing handshake. */
export abstract class WebSocketConnection extends SocketConnection<WebSocketUnit> {
  protected readonly codec: WebSocketCodec;
  protected readonly role: "server" | "client";
  /** The close code for the rule that the peer broke. */
  #violationCode: number | undefined;
  /** Our close frame is on its way: it was the last thing that may be sent. */
  #hasSaidClose = false;

  constructor(socket: Socket, env: TransportEnvironment, role: "server" | "client", maxMessageBytes: number) {
    super(socket, env);
    this.role = role;
    this.codec = new WebSocketCodec({ role, maxMessageBytes });
  }

  protected abstract onWebSocketMessage(data: Uint8Array, isText: boolean, now: number): void;
  /** The peer has closed; 1000 if it gave no code. */
  protected abstract onPeerClose(code: number, reason: string, now: number): void;

  /** What to mask the next frame with: only clients do. */
  protected mask(): number | undefined {
    return this.role === "client" ? randomMask() : undefined;
  }

  protected onUnit(unit: WebSocketUnit, now: number): void {
    switch (unit.kind) {
      case "ping":
        if (this.mayWrite && this.backlogBytes < MOST_PONG_BACKLOG_BYTES) this.sendControl(OPCODE.pong, unit.data);
        break;
      case "pong":
        break;
      case "close":
        this.#answerClose(unit.code, unit.reason, now);
        break;
      default:
        if (this.mayWrite) this.onWebSocketMessage(unit.data, unit.kind === "text", now);
    }
  }

  /** Whether the closing handshake has not begun. */
  protected get mayWrite(): boolean {
    return !this.#hasSaidClose;
  }

  protected sendControl(opcode: typeof OPCODE.ping | typeof OPCODE.pong, data: Uint8Array): void {
    this.share(encodeWebSocketFrame(opcode, data, this.mask()));
  }

  #answerClose(code: number, reason: string, now: number): void {
    if (this.mayWrite) this.#sayClose(code, "");
    this.onPeerClose(code === NO_CLOSE_CODE ? CLOSE_CODES.normal.code : code, reason, now);
    super.end();
  }

  #sayClose(code: number, reason: string): void {
    this.share(encodeWebSocketClose(code, reason, this.mask()));
    this.#hasSaidClose = true;
  }

  /** Ends the connection: what was written leaves, then a close frame; the peer's own is waited for. */
  close(code: number, reason: string): void {
    if (!this.mayWrite || this.isEnding) return;
    const isDeaf = this.input === "discarded";
    this.#sayClose(this.#violationCode ?? code, reason);
    if (isDeaf) super.end();
    this.destroyLater();
    // Messages are thrown away from now on; the close frame lies behind them.
    this.resume();
  }

  override end(code: number = CLOSE_CODES.normal.code): void {
    this.close(code, "");
  }

  protected override fail(error: ProtocolError, now: number): void {
    this.#violationCode = error instanceof WebSocketError ? error.closeCode : CLOSE_CODES[error.closeName].code;
    super.fail(error, now);
  }

  /** The line ended without a close frame. */
  protected onInputEnd(now: number): void {
    this.lose(now);
    super.end();
  }
}
