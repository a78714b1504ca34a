import type { ClientSession, ServerSession } from "../runtime/public-sessions.ts";
import { ClientView } from "./client-view.ts";
import type { Checked, Messages } from "./definition.ts";
import type { MessageSet } from "./message-set.ts";
import { type AnyRoom, RoomView } from "./room-view.ts";
import { SessionView } from "./session-view.ts";
import type { TypedRoom } from "./typed-room.ts";
import type { TypedClientSession, TypedServerSession } from "./typed-session.ts";
import { Vocabulary } from "./vocabulary.ts";

/** The messages of a conversation, and what gives their types to sessions and rooms. */
export interface MessageDefinitions<FromClient extends Messages, FromServer extends Messages> {
  /** What clients send. */
  readonly fromClient: MessageSet<FromClient>;
  /** What the server sends, in sessions and in rooms. */
  readonly fromServer: MessageSet<FromServer>;

  /** A session as its handler holds it, with types. Nothing is read before you read. */
  server(session: ServerSession): TypedServerSession<FromClient, FromServer>;

  /** A session as a client holds it, with types. */
  client(session: ClientSession): TypedClientSession<FromServer, FromClient>;

  /** A room on the server, whether of a session or of nobody, with types. */
  room<Viewed extends AnyRoom>(room: Viewed): TypedRoom<FromServer, Viewed>;
}

/**
 * Defines what either side may say, once for both of them.
 *
 * Each message has a schema of any library that follows Standard Schema, or, when it is answered, a `request` and a `reply`.
 * A schema is of an object: what a message says besides its `type`. Throws `TypeError` for a type that is a word of the
 * library's own (`error`, `reply`, `malformed`, `gap`), and for what is no schema.
 */
export function defineMessages<
  FromClient extends Messages = Record<never, never>,
  FromServer extends Messages = Record<never, never>,
>(definition: {
  readonly fromClient?: (FromClient & Checked<FromClient>) | undefined;
  readonly fromServer?: (FromServer & Checked<FromServer>) | undefined;
}): MessageDefinitions<FromClient, FromServer> {
  const fromClient = new Vocabulary(definition.fromClient ?? {});
  const fromServer = new Vocabulary(definition.fromServer ?? {});
  const definitions = {
    fromClient,
    fromServer,
    server: (session: ServerSession) => new SessionView(session, fromClient, fromServer),
    client: (session: ClientSession) => new ClientView(session, fromServer, fromClient),
    room: (room: AnyRoom) => new RoomView(room, fromServer),
  };
  // What the schemas say, the compiler knows and the code does not: here the two meet.
  return definitions as unknown as MessageDefinitions<FromClient, FromServer>;
}
