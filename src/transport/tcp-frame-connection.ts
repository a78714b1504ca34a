import type { Socket } from "node:net";
import type { Codec } from "../protocol/codec.ts";
import type { Frame } from "../protocol/frames/frame.ts";
import { FrameCodec } from "../protocol/frames/frame-codec.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { FrameConnection, FrameReceiver } from "../runtime/ports.ts";
import type { TransportEnvironment } from "./environment.ts";
import { longestFrameBytes, OpeningFrameCodec } from "./opening-frame-codec.ts";
import { SILENT_RECEIVER } from "./silent-receiver.ts";
import { SocketConnection } from "./socket-connection.ts";

/** Bowline frames as they are, on TCP or TLS. */
export class TcpFrameConnection extends SocketConnection<Frame> implements FrameConnection {
  receiver: FrameReceiver = SILENT_RECEIVER;
  protected readonly codec: Codec<Frame>;

  /** `role` is our own side's. */
  constructor(socket: Socket, env: TransportEnvironment, role: "server" | "client") {
    super(socket, env);
    this.codec = role === "server" ? new OpeningFrameCodec(env.limits) : new FrameCodec(longestFrameBytes(env.limits));
  }

  get form(): "bowline" {
    return "bowline";
  }

  protected onUnit(frame: Frame, now: number): void {
    this.receiver.onFrame(frame, this, now);
  }

  protected onViolation(error: ProtocolError, now: number): void {
    this.receiver.onProtocolError(error, this, now);
  }

  /** Half a connection carries no session. */
  protected onInputEnd(now: number): void {
    this.lose(now);
    this.end();
  }

  protected beforeFlush(now: number): void {
    this.receiver.beforeFlush(this, now);
  }

  protected onDrained(): void {
    this.receiver.onDrained(this);
  }

  protected onLost(now: number): void {
    this.receiver.onLost(this, now);
  }
}
