import type { Socket } from "node:net";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import { writeWebSocketFrame } from "../protocol/websocket/frame.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";
import { BytesPayload } from "../runtime/message.ts";
import type { PlainConnection, PlainReceiver } from "../runtime/ports.ts";
import type { TransportEnvironment } from "./environment.ts";
import { LOST } from "./lost.ts";
import { SILENT_PLAIN_RECEIVER } from "./silent-receiver.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

const NO_DATA = new Uint8Array(0);

/** How the connection ended, as the session is told. */
interface Farewell {
  readonly clean: boolean;
  readonly code: number;
  readonly reason: string;
}

const BROKEN: Farewell = { clean: false, ...LOST };

/** Bare WebSocket: each WebSocket message is one message, text or binary. A server watches over it with pings. */
export class WebSocketPlainConnection extends WebSocketConnection implements PlainConnection {
  receiver: PlainReceiver = SILENT_PLAIN_RECEIVER;
  #heardAt: number;
  #pingedAt: number;
  #farewell: Farewell = BROKEN;

  /** `role` is our own side's. */
  constructor(socket: Socket, env: TransportEnvironment, role: "server" | "client") {
    super(socket, env, role, env.limits.maxMessageBytes);
    const now = env.clock.now();
    this.#heardAt = now;
    this.#pingedAt = now;
    if (role === "server") env.deadlines.wake(this, now + env.limits.heartbeatMs);
  }

  get form(): "websocket" {
    return "websocket";
  }

  sendMessage(payload: string | Uint8Array): void {
    if (!this.mayWrite) return;
    const opcode = typeof payload === "string" ? OPCODE.text : OPCODE.binary;
    writeWebSocketFrame(this.writer, opcode, payload, this.mask());
    this.flush();
  }

  protected onWebSocketMessage(data: Uint8Array, isText: boolean, now: number): void {
    const goesOn = this.receiver.onMessage(new BytesPayload(data, isText), now);
    if (!goesOn && this.mayWrite) this.pause();
  }

  protected override onInputWaiting(now: number): void {
    this.#heardAt = now;
  }

  protected onViolation(error: ProtocolError, now: number): void {
    this.receiver.onProtocolError(error, now);
  }

  protected onPeerClose(code: number, reason: string, now: number): void {
    this.#farewell = { clean: true, code, reason };
    this.lose(now);
  }

  protected beforeFlush(): void {}

  protected onDrained(): void {
    this.receiver.onDrained();
  }

  protected onLost(now: number): void {
    const { clean, code, reason } = this.#farewell;
    this.receiver.onLost(clean, code, reason, now);
  }

  /** Pings a client that was silent, or was told nothing, for a heartbeat; gives it up after a second silence. */
  protected override onDeadline(now: number): number {
    if (this.role === "client" || !this.mayWrite) return Number.POSITIVE_INFINITY;
    const { heartbeatMs } = this.env.limits;
    // What a paused client has to say is left unread: its silence is ours.
    if (this.input === "paused") this.#heardAt = now;
    const silentMs = now - this.#heardAt;
    if (silentMs >= 2 * heartbeatMs) {
      const { code } = CLOSE_CODES["heartbeat-timeout"];
      this.#farewell = { clean: false, code, reason: "nothing was heard for two heartbeats" };
      this.close(code, "");
      this.lose(now);
      return Number.POSITIVE_INFINITY;
    }
    if (silentMs >= heartbeatMs || now - Math.max(this.wroteAt, this.#pingedAt) >= heartbeatMs) {
      this.sendControl(OPCODE.ping, NO_DATA);
      this.#pingedAt = now;
    }
    const quietSince = Math.max(this.wroteAt, this.#pingedAt);
    return Math.min(this.#heardAt + (silentMs >= heartbeatMs ? 2 : 1) * heartbeatMs, quietSince + heartbeatMs);
  }
}
