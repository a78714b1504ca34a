import type { MessageDefinitions } from "./define-messages.ts";
import type { ReceivedData, ReceivedReplyData, RequestTypeOf, TypeOf } from "./definition.ts";
import type { MissingMessages, Received } from "./received.ts";
import type { TypedClientSession, TypedServerSession } from "./typed-session.ts";

/** The typed session that `server(session)` gives. */
export type ServerOf<Definitions> =
  Definitions extends MessageDefinitions<infer FromClient, infer FromServer>
    ? TypedServerSession<FromClient, FromServer>
    : never;

/** The typed session that `client(session)` gives. */
export type ClientOf<Definitions> =
  Definitions extends MessageDefinitions<infer FromClient, infer FromServer>
    ? TypedClientSession<FromServer, FromClient>
    : never;

/** What a handler reads in its loop. */
export type ReceivedByServer<Definitions> =
  Definitions extends MessageDefinitions<infer FromClient, infer FromServer> ? Received<FromClient, FromServer> : never;

/** What a client reads in its loop. */
export type ReceivedByClient<Definitions> =
  Definitions extends MessageDefinitions<infer FromClient, infer FromServer>
    ? Received<FromServer, FromClient> | MissingMessages
    : never;

/** What clients send and the server gets, of each type. */
export type DataFromClient<Definitions> =
  Definitions extends MessageDefinitions<infer FromClient, infer _>
    ? { readonly [Type in TypeOf<FromClient>]: ReceivedData<FromClient[Type]> }
    : never;

/** What the server sends and clients get, of each type. */
export type DataFromServer<Definitions> =
  Definitions extends MessageDefinitions<infer _, infer FromServer>
    ? { readonly [Type in TypeOf<FromServer>]: ReceivedData<FromServer[Type]> }
    : never;

/** What clients get for an answer, to each type of request. */
export type RepliesToClient<Definitions> =
  Definitions extends MessageDefinitions<infer FromClient, infer _>
    ? { readonly [Type in RequestTypeOf<FromClient>]: ReceivedReplyData<FromClient[Type]> }
    : never;

/** What the server gets for an answer, to each type of request. */
export type RepliesToServer<Definitions> =
  Definitions extends MessageDefinitions<infer _, infer FromServer>
    ? { readonly [Type in RequestTypeOf<FromServer>]: ReceivedReplyData<FromServer[Type]> }
    : never;
