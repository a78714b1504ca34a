export { defineMessages, type MessageDefinitions } from "./define-messages.ts";
export type { Exchange, Messages, ObjectSchema } from "./definition.ts";
export type { Handlers } from "./handlers.ts";
export type {
  ClientOf,
  DataFromClient,
  DataFromServer,
  ReceivedByClient,
  ReceivedByServer,
  RepliesToClient,
  RepliesToServer,
  ServerOf,
} from "./inference.ts";
export { MessageError, type MessageErrorDetails } from "./message-error.ts";
export type { MessageSet, Reading } from "./message-set.ts";
export type {
  MalformedMessage,
  MissingMessages,
  Received,
  ReceivedError,
  ReceivedMessage,
  ReceivedReply,
  ReceivedRequest,
} from "./received.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./standard-schema.ts";
export type { TypedEntry, TypedRoom } from "./typed-room.ts";
export type { TypedClientRoom, TypedClientSession, TypedServerSession, TypedSession } from "./typed-session.ts";
