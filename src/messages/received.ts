import type { Gap, Message } from "../runtime/message.ts";
import type { Messages, PlainTypeOf, ReceivedData, ReceivedReplyData, RequestTypeOf, SentReply } from "./definition.ts";
import type { MessageError } from "./message-error.ts";

/** A message that is as it was defined. */
export interface ReceivedMessage<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
  readonly message: Message;
  /**
   * Tells the sender that nothing comes of it. `reason` is a word for programs, `why` a sentence for people. A sender that
   * waits for a reply gets it as a rejection; any other, as a message of type `error`.
   */
  refuse(this: ReceivedMessage<Type, Data>, reason: string, why: string): Promise<void>;
  readonly error?: undefined;
}

/** A request that is as it was defined. */
export interface ReceivedRequest<Type extends string, Data, Reply> extends ReceivedMessage<Type, Data> {
  /** Answers it. Rejects as `Message.reply` does. */
  reply(this: ReceivedRequest<Type, Data, Reply>, data: Reply): Promise<void>;
}

/**
 * A reply that comes as a message, since nobody waits for it: what it answers was sent with `send`, or by another page
 * before this one, or over a bare WebSocket.
 */
export interface ReceivedReply<To extends string, Data> {
  readonly type: "reply";
  readonly to: To;
  readonly data: Data;
  readonly message: Message;
  readonly error?: undefined;
}

/** The other side has refused something that was sent. */
export interface ReceivedError {
  readonly type: "error";
  readonly error: MessageError;
  readonly message: Message;
  readonly data?: undefined;
}

/** What is none of the messages that are defined. Its sender has been told so. */
export interface MalformedMessage {
  readonly type: "malformed";
  readonly error: MessageError;
  readonly message: Message;
  readonly data?: undefined;
}

/** Something is missing here. */
export interface MissingMessages {
  readonly type: "gap";
  readonly gap: Gap;
  readonly message: Message;
  readonly data?: undefined;
  readonly error?: undefined;
}

/** Everything that the side reads which gets `In` and sends `Out`; on a client also gaps. */
export type Received<In extends Messages, Out extends Messages> =
  | { [Type in PlainTypeOf<In>]: ReceivedMessage<Type, ReceivedData<In[Type]>> }[PlainTypeOf<In>]
  | {
      [Type in RequestTypeOf<In>]: ReceivedRequest<Type, ReceivedData<In[Type]>, SentReply<In[Type]>>;
    }[RequestTypeOf<In>]
  | { [Type in RequestTypeOf<Out>]: ReceivedReply<Type, ReceivedReplyData<Out[Type]>> }[RequestTypeOf<Out>]
  | ReceivedError
  | MalformedMessage;
