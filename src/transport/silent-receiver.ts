import type { FrameReceiver, PlainReceiver } from "../runtime/ports.ts";

function ignore(): void {}

/** Nobody listens: what arrives on the connection is thrown away. */
export const SILENT_RECEIVER: FrameReceiver = {
  onFrame: ignore,
  onProtocolError: ignore,
  beforeFlush: ignore,
  onDrained: ignore,
  onLost: ignore,
};

/** The same for plain messages. */
export const SILENT_PLAIN_RECEIVER: PlainReceiver = {
  onMessage: () => true,
  onProtocolError: ignore,
  onDrained: ignore,
  onReadEnd: ignore,
  onLost: ignore,
};
