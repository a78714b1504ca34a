import type { Message } from "../runtime/message.ts";
import type { Messages, ReceivedData, RequestTypeOf, SentReply, TypeOf } from "./definition.ts";

/**
 * What is done with each message: a function for every type that the other side may send, which gets the data and the
 * message; what a request's returns is the reply.
 *
 * To refuse a message, throw `MessageError`. Whatever else is thrown fails the handler, as it does in a loop.
 *
 * There may also be functions for `error`, `malformed`, `reply`, and on a client `gap`, which get what a loop would get.
 * Where there is none, these are passed over.
 */
export type Handlers<In extends Messages, Received extends { readonly type: string }> = {
  readonly [Type in TypeOf<In>]: Handle<In, Type>;
} & {
  readonly [Type in Exclude<Received["type"], TypeOf<In>>]?:
    | ((received: Extract<Received, { readonly type: Type }>) => unknown)
    | undefined;
};

type Handle<In extends Messages, Type extends TypeOf<In>> =
  Type extends RequestTypeOf<In>
    ? (data: ReceivedData<In[Type]>, message: Message) => SentReply<In[Type]> | Promise<SentReply<In[Type]>>
    : (data: ReceivedData<In[Type]>, message: Message) => unknown;
