/** The byte that says what a frame is (`docs/protocol.md` §6). From 64 on, a receiver skips what it does not know. */
export const FrameType = {
  open: 1,
  opened: 2,
  message: 3,
  entry: 4,
  ack: 5,
  joined: 6,
  left: 7,
  gap: 8,
  ping: 9,
  pong: 10,
  close: 11,
  auth: 12,
  authed: 13,
  token: 15,
} as const;

export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** The first type that is optional: its frames may be skipped unread. */
export const FIRST_OPTIONAL_TYPE = 64;
