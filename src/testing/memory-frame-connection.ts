import type { Frame } from "../protocol/frames/frame.ts";
import { FrameCodec } from "../protocol/frames/frame-codec.ts";
import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { FrameConnection, FrameReceiver } from "../runtime/ports.ts";
import type { Limits } from "../session/limits.ts";
import { MemoryConnection } from "./memory-connection.ts";
import type { Pipe } from "./pipe.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** A frame's type, flags and numbers, and to spare. */
const FRAME_OVERHEAD_BYTES = 64;

function ignore(): void {}

const NOBODY: FrameReceiver = {
  onFrame: ignore,
  onProtocolError: ignore,
  beforeFlush: ignore,
  onDrained: ignore,
  onLost: ignore,
};

/** One end of a connection in memory that carries Bowline frames. */
export class MemoryFrameConnection extends MemoryConnection<Frame> implements FrameConnection {
  readonly form = "bowline";
  receiver = NOBODY;
  protected readonly codec: FrameCodec;

  constructor(pipe: Pipe, clock: VirtualClock, limits: Limits) {
    super(pipe, clock);
    this.codec = new FrameCodec(Math.max(limits.maxMessageBytes, limits.maxOpenBytes) + FRAME_OVERHEAD_BYTES);
  }

  protected onUnit(frame: Frame, now: number): void {
    this.receiver.onFrame(frame, this, now);
  }

  protected onViolation(error: ProtocolError, now: number): void {
    this.receiver.onProtocolError(error, this, now);
  }

  /** Half a connection carries no session. */
  protected onInputEnd(): void {
    this.end();
    this.lose();
  }

  protected beforeFlush(now: number): void {
    this.receiver.beforeFlush(this, now);
  }

  onDrained(): void {
    this.receiver.onDrained(this);
  }

  protected onLost(now: number): void {
    this.receiver.onLost(this, now);
  }
}
