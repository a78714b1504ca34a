import type { Message } from "../runtime/message.ts";
import type { ClientSession, ServerSession, Session } from "../runtime/public-sessions.ts";
import type { ClientRoom } from "../runtime/room.ts";
import type { Arguments, Messages, ReceivedReplyData, RequestTypeOf, SentData, TypeOf } from "./definition.ts";
import type { Handlers } from "./handlers.ts";
import type { MissingMessages, Received } from "./received.ts";

interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

/** A session whose messages have types: the same on both sides, with `In` and `Out` the other way round. */
export interface TypedSession<
  In extends Messages,
  Out extends Messages,
  Got extends { readonly type: string } = Received<In, Out>,
> extends AsyncIterable<Got> {
  /** The session itself, for everything else that it can do. */
  readonly session: Session;

  /**
   * Sends one message. Resolves, rejects and throws as `Session.send` does; what is sent is not checked, but by the
   * compiler. A request may be sent, too: its reply comes as a message of type `reply`.
   */
  send<Type extends TypeOf<Out>>(type: Type, ...data: Arguments<SentData<Out[Type]>>): Promise<void>;

  /**
   * Asks, and resolves with what the reply says, checked.
   *
   * Rejects with `MessageError` when the other side refuses, or when the reply is not as it is defined
   * (`malformed-reply`), and as `Session.request` does. The session is open afterwards.
   */
  request<Type extends RequestTypeOf<Out>>(
    type: Type,
    ...data: Arguments<SentData<Out[Type]>, [options?: SignalOption]>
  ): Promise<ReceivedReplyData<Out[Type]>>;

  /**
   * Takes one message, as `Session.receive` does; `undefined` when the session closed normally. The sender of what is
   * malformed has then been told.
   */
  receive(options?: SignalOption): Promise<Got | undefined>;

  /** Reads messages until the session ends, as the session's own loop does, and tells who sends malformed ones. */
  [Symbol.asyncIterator](): AsyncIterator<Got, undefined>;

  /**
   * Reads messages until the session ends, and gives each to its function, one after the other.
   *
   * Ends as a loop would: quietly on 1000, otherwise with `SessionClosedError`. Rejects with whatever else a function
   * throws, and with `TypeError` when there is none for a message.
   */
  handle(handlers: Handlers<In, Got>): Promise<void>;

  /** Gives one message to its function, for loops in which not everything is typed. Rejects as `handle` does. */
  answer(message: Message, handlers: Handlers<In, Got>): Promise<void>;

  /** Reads one message and answers nothing: at once, unless its schema has to wait for something. */
  read(message: Message): Got | Promise<Got>;
}

/** A typed session as its handler holds it. */
export interface TypedServerSession<In extends Messages, Out extends Messages> extends TypedSession<In, Out> {
  readonly session: ServerSession;
}

/** A typed session as a client holds it: it gets gaps, too. */
export interface TypedClientSession<In extends Messages, Out extends Messages>
  extends TypedSession<In, Out, Received<In, Out> | MissingMessages> {
  readonly session: ClientSession;

  /** A room that the handler joined this session to: iterating over it claims it, as with the session's own. */
  room(name: string): TypedClientRoom<In, Out>;
}

/** The entries of one room, as a client reads them. Nobody is told of malformed ones. */
export interface TypedClientRoom<In extends Messages, Out extends Messages>
  extends AsyncIterable<Received<In, Out> | MissingMessages> {
  readonly room: ClientRoom;
}
