/** What a client should do after a close; `connect` does it. */
type ClientAction = "stop" | "resume" | "retry" | "open-fresh" | "authenticate";

interface CloseCodeEntry {
  readonly code: number;
  /** What the close ends: this connection only, or the whole session. */
  readonly ends: "connection" | "session";
  readonly client: ClientAction;
}

/**
 * Every way in which Bowline ends a connection or a session. Numbers are WebSocket's (RFC 6455 §7.4).
 * `docs/protocol.md` prints this table.
 */
export const CLOSE_CODES = {
  normal: { code: 1000, ends: "session", client: "stop" },
  "going-away": { code: 1001, ends: "connection", client: "resume" },
  "protocol-error": { code: 1002, ends: "session", client: "stop" },
  "message-too-big": { code: 1009, ends: "session", client: "stop" },
  "handler-error": { code: 1011, ends: "session", client: "open-fresh" },
  overloaded: { code: 1013, ends: "connection", client: "retry" },
  replaced: { code: 4000, ends: "connection", client: "stop" },
  unauthenticated: { code: 4001, ends: "session", client: "authenticate" },
  forbidden: { code: 4003, ends: "session", client: "stop" },
  "session-expired": { code: 4004, ends: "session", client: "open-fresh" },
  "heartbeat-timeout": { code: 4008, ends: "connection", client: "resume" },
  "slow-reader": { code: 4009, ends: "session", client: "retry" },
  "rate-limited": { code: 4010, ends: "session", client: "retry" },
  "handler-stuck": { code: 4011, ends: "session", client: "open-fresh" },
  kicked: { code: 4012, ends: "session", client: "stop" },
} as const satisfies Record<string, CloseCodeEntry>;

export type CloseName = keyof typeof CLOSE_CODES;

/** What each close says, for people. Apart from the table, so that pages need not carry it. */
export const CLOSE_MEANINGS: { readonly [Name in CloseName]: string } = {
  normal: "The conversation is over.",
  "going-away": "The server is shutting down or restarting; resume after retryAfterMs.",
  "protocol-error": "The peer broke a rule of the protocol.",
  "message-too-big": "A message was above maxMessageBytes.",
  "handler-error": "The server's handler for this session threw.",
  overloaded: "The server cannot take this client now; retry after retryAfterMs.",
  replaced: "Another connection, or another copy of this client, carries the session.",
  unauthenticated: "The credential was missing, unknown or out of date.",
  forbidden: "The credential is good, but not for this.",
  "session-expired": "The session is gone, or its token is not good.",
  "heartbeat-timeout": "Nothing was heard from the client for two heartbeats.",
  "slow-reader": "What was sent was not read in time, or too many replies were not.",
  "rate-limited": "The client sent more than messagesPerSecond for too long; retry after retryAfterMs.",
  "handler-stuck": "The server's handler for this session blocked its thread and was stopped.",
  kicked: "The server's operator or application ended it.",
};

/** Names and what they end once more, by number and without the rest: pages carry this and not the table. */
export const CLOSE_NAMES: { readonly [code: number]: CloseName | undefined } = {
  1000: "normal",
  1001: "going-away",
  1002: "protocol-error",
  1009: "message-too-big",
  1011: "handler-error",
  1013: "overloaded",
  4000: "replaced",
  4001: "unauthenticated",
  4003: "forbidden",
  4004: "session-expired",
  4008: "heartbeat-timeout",
  4009: "slow-reader",
  4010: "rate-limited",
  4011: "handler-stuck",
  4012: "kicked",
};
const ENDS_CONNECTION = [1001, 1013, 4000, 4008];

/** The name of a close code, or `undefined` for a number that the table does not have (an application's own). */
export function closeName(code: number): CloseName | undefined {
  return CLOSE_NAMES[code];
}

/** Whether a close with this code ends the session, or only the connection that carried it. */
export function endsSession(code: number): boolean {
  return !ENDS_CONNECTION.includes(code);
}
