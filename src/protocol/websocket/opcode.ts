/** What a frame is (RFC 6455 §5.2). */
export const OPCODE = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const;

/** An opcode that starts a frame of its own; continuations are never written. */
export type Opcode = Exclude<(typeof OPCODE)[keyof typeof OPCODE], 0>;

/** Control frames (close, ping, pong) carry at most this many bytes (RFC 6455 §5.5). */
export const MAX_CONTROL_BYTES = 125;

/** Close, ping and pong have this bit; the frames of messages do not. */
export const CONTROL_BIT = 0x8;
