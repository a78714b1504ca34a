import type { Socket } from "node:net";
import { ByteWriter } from "../protocol/bytes.ts";
import type { Codec } from "../protocol/codec.ts";
import type { Frame } from "../protocol/frames/frame.ts";
import { FrameCodec } from "../protocol/frames/frame-codec.ts";
import { wholeFrames } from "../protocol/frames/whole-frames.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import { writeWebSocketFrame } from "../protocol/websocket/frame.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";
import type { FrameConnection, FrameReceiver } from "../runtime/ports.ts";
import type { Limits } from "../session/limits.ts";
import type { TransportEnvironment } from "./environment.ts";
import { longestFrameBytes, OpeningFrameCodec } from "./opening-frame-codec.ts";
import { SILENT_RECEIVER } from "./silent-receiver.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

/** Frames that no window counts: acknowledgements, pings, replies. */
const UNCOUNTED_BYTES = 64 * 1024;

/** Bowline frames in binary WebSocket messages, one or more whole ones in each: the subprotocol `bowline.1`. */
export class WebSocketFrameConnection extends WebSocketConnection implements FrameConnection {
  receiver: FrameReceiver = SILENT_RECEIVER;
  readonly #frames: Codec<Frame>;

  /** `role` is our own side's. */
  constructor(socket: Socket, env: TransportEnvironment, role: "server" | "client") {
    const { limits } = env;
    super(socket, env, role, longestBatchBytes(limits));
    this.#frames = role === "server" ? new OpeningFrameCodec(limits) : new FrameCodec(longestFrameBytes(limits));
  }

  get form(): "bowline-websocket" {
    return "bowline-websocket";
  }

  protected onWebSocketMessage(data: Uint8Array, isText: boolean, now: number): void {
    try {
      if (isText) throw new ProtocolError("frames came in a text message", "§4.4");
      this.#frames.push(data);
      for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
        this.receiver.onFrame(frame, this, now);
      }
      this.#frames.end();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.fail(error, now);
    }
  }

  protected override toWire(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
    const writer = new ByteWriter();
    for (const frames of wholeFrames(bytes)) writeWebSocketFrame(writer, OPCODE.binary, frames, this.mask());
    return writer.take();
  }

  protected onViolation(error: ProtocolError, now: number): void {
    this.receiver.onProtocolError(error, this, now);
  }

  protected onPeerClose(_code: number, _reason: string, now: number): void {
    this.lose(now);
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

/** The most that a peer can have to say at once: a full window after a resume, or one message of the largest size. */
function longestBatchBytes(limits: Limits): number {
  return limits.windowBytes + longestFrameBytes(limits) + UNCOUNTED_BYTES;
}
