export type { Broker } from "./broker/broker.ts";
export { BrokerError } from "./broker/broker.ts";
export { type MemoryOptions, memory } from "./broker/memory.ts";
export type { RetentionOptions } from "./broker/retention.ts";
export { type SqliteOptions, sqlite } from "./broker/sqlite/sqlite.ts";
export { HandlerModuleError } from "./handlers/load-handler.ts";
export type { Handler } from "./handlers/supervisor.ts";
export { CLOSE_CODES, type CloseName } from "./protocol/close-codes.ts";
export type { BroadcastRoom } from "./rooms/room-handle.ts";
export type { OnPresence } from "./rooms/room-presence.ts";
export {
  ConcurrentReadError,
  ForbiddenError,
  GapError,
  RequestTimeoutError,
  RoomError,
  SessionClosedError,
} from "./runtime/errors.ts";
export type { Gap, Message, Sendable } from "./runtime/message.ts";
export type { Diagnostic, Peer } from "./runtime/ports.ts";
export type { ServerSession as Session } from "./runtime/public-sessions.ts";
export type {
  HistoryOptions,
  JoinOptions,
  PresenceChange,
  Room,
  RoomEntry,
  RoomMember,
  RoomSendOptions,
  SearchOptions,
} from "./runtime/room.ts";
export type { SessionStatus } from "./runtime/session-core.ts";
export { ListenError } from "./server/listen-error.ts";
export type { Metrics } from "./server/metrics.ts";
export type { Fetch } from "./server/pages.ts";
export { serve } from "./server/serve.ts";
export type { ServeOptions, ThreadOptions, TlsOptions } from "./server/serve-options.ts";
export type { CloseOptions, Server } from "./server/server.ts";
export type { SessionList } from "./server/session-list.ts";
export type { Authenticate, Authentication, AuthenticationRequest } from "./server/session-registry.ts";
export type { CloseInfo, StreamFigures, UndeliveredMessage } from "./session/close-info.ts";
export { DEFAULT_LIMITS, type Limits } from "./session/limits.ts";
