import type { AckFrame } from "./ack.ts";
import type { AuthedFrame, AuthFrame } from "./auth.ts";
import type { CloseFrame } from "./close.ts";
import type { EntryFrame } from "./entry.ts";
import type { GapFrame } from "./gap.ts";
import type { JoinedFrame } from "./joined.ts";
import type { LeftFrame } from "./left.ts";
import type { MessageFrame } from "./message.ts";
import type { OpenFrame } from "./open.ts";
import type { OpenedFrame } from "./opened.ts";
import type { PingFrame, PongFrame } from "./ping.ts";
import type { TokenFrame } from "./token.ts";

export { FrameType } from "./frame-type.ts";

/** Any frame, told apart by `type`. */
export type Frame =
  | OpenFrame
  | OpenedFrame
  | MessageFrame
  | EntryFrame
  | AckFrame
  | JoinedFrame
  | LeftFrame
  | GapFrame
  | PingFrame
  | PongFrame
  | CloseFrame
  | AuthFrame
  | AuthedFrame
  | TokenFrame;
