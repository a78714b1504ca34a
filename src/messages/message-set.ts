import type { Arguments, Messages, ReceivedData, SentData, TypeOf } from "./definition.ts";
import type { MessageError } from "./message-error.ts";

/** The messages of one direction, for when they travel by another way than a session, or lie somewhere. */
export interface MessageSet<M extends Messages> {
  /** Reads what was parsed from JSON: at once, unless its schema has to wait for something. */
  read(json: unknown): Reading<M> | Promise<Reading<M>>;

  /** A message as it is sent: one plain object, to be written as JSON. */
  write<Type extends TypeOf<M>>(
    type: Type,
    ...data: Arguments<SentData<M[Type]>>
  ): { readonly type: Type } & SentData<M[Type]>;
}

/** What a message says, or what is wrong with it. */
export type Reading<M extends Messages> =
  | {
      [Type in TypeOf<M>]: { readonly type: Type; readonly data: ReceivedData<M[Type]>; readonly error?: undefined };
    }[TypeOf<M>]
  | { readonly type: "malformed"; readonly error: MessageError; readonly data?: undefined };
