// What both entries export besides `connect`: the one for Node and the one for pages.

export {
  ConcurrentReadError,
  GapError,
  RequestTimeoutError,
  SessionClosedError,
} from "../runtime/errors.ts";
export type { Gap, Message, Sendable } from "../runtime/message.ts";
export type { Peer } from "../runtime/ports.ts";
export type { ClientSession, Credential } from "../runtime/public-sessions.ts";
export type { ClientRoom } from "../runtime/room.ts";
export type { SessionStatus } from "../runtime/session-core.ts";
export type { ClientSnapshot } from "../session/client-snapshot.ts";
export type { CloseInfo, RoomCursor, StreamFigures, UndeliveredMessage } from "../session/close-info.ts";
export type { ClientLimits } from "../session/limits.ts";
export type { BackoffOptions } from "./backoff.ts";
export type { ConnectOptions } from "./connect-options.ts";
export type { CredentialSource } from "./credentials.ts";
export { ConnectError, CredentialError } from "./errors.ts";
export { memoryStore, type OpenStore, type Store } from "./store.ts";
