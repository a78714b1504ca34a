import type { Frame } from "../protocol/frames/frame.ts";
import { FrameCodec } from "../protocol/frames/frame-codec.ts";
import { ProtocolError } from "../protocol/protocol-error.ts";
import type { Limits } from "../session/limits.ts";

/** A frame's type, flags and numbers, and to spare: what may come on top of a message of the largest size. */
const FRAME_OVERHEAD_BYTES = 64;

/** The longest frame that a peer may send on a connection that carries a session. */
export function longestFrameBytes(limits: Limits): number {
  return Math.max(limits.maxMessageBytes, limits.maxOpenBytes) + FRAME_OVERHEAD_BYTES;
}

/** The frames of a client. Until its first, which is OPEN, has come, it is a stranger and may send no more than that. */
export class OpeningFrameCodec extends FrameCodec {
  readonly #limits: Limits;
  #hasFirst = false;

  constructor(limits: Limits) {
    super(limits.maxOpenBytes);
    this.#limits = limits;
  }

  override next(): Frame | undefined {
    if (this.#hasFirst) return super.next();
    try {
      const frame = super.next();
      if (frame !== undefined) {
        this.#hasFirst = true;
        this.maxFrameBytes = longestFrameBytes(this.#limits);
      }
      return frame;
    } catch (error) {
      // No message was too big: there is none before the session.
      if (error instanceof ProtocolError) throw new ProtocolError(error.reason, error.clause);
      throw error;
    }
  }
}
