import type { InputOf, OutputOf, StandardSchema } from "./standard-schema.ts";

/** The schema of what a message says besides its type: of an object, since both lie in one. */
export type ObjectSchema = StandardSchema<object>;

/** A message that is answered. */
export interface Exchange {
  readonly request: ObjectSchema;
  readonly reply: ObjectSchema;
}

/** The messages of one direction, by their type. */
export interface Messages {
  readonly [type: string]: ObjectSchema | Exchange;
}

/** Words that mean something in every conversation. */
export const RESERVED_TYPES = ["error", "reply", "malformed", "gap"] as const;
type ReservedType = (typeof RESERVED_TYPES)[number];

/** The types of messages, all of them. */
export type TypeOf<M> = keyof M & string;

/** The types of those that are answered. */
export type RequestTypeOf<M> = { [Type in keyof M]: M[Type] extends StandardSchema ? never : Type }[keyof M] & string;

/** The types of those that are not. */
export type PlainTypeOf<M> = Exclude<TypeOf<M>, RequestTypeOf<M>>;

type SchemaOf<Defined> = Defined extends StandardSchema
  ? Defined
  : Defined extends Exchange
    ? Defined["request"]
    : never;
type ReplySchemaOf<Defined> = Defined extends StandardSchema
  ? never
  : Defined extends Exchange
    ? Defined["reply"]
    : never;

/** What is given to send a message, and what becomes of it where it arrives: defaults are filled in, and so on. */
export type SentData<Defined> = InputOf<SchemaOf<Defined>>;
export type ReceivedData<Defined> = OutputOf<SchemaOf<Defined>>;
export type SentReply<Defined> = InputOf<ReplySchemaOf<Defined>>;
export type ReceivedReplyData<Defined> = OutputOf<ReplySchemaOf<Defined>>;

/** Data that has only optional fields need not be given. */
export type Arguments<Data, Rest extends readonly unknown[] = []> =
  Record<never, never> extends Data ? [data?: Data, ...rest: Rest] : [data: Data, ...rest: Rest];

/**
 * What is wrong with a definition, as the type that it would have to be: `type`, and in replies `to`, are written beside
 * the data, so that it can have no fields of these names.
 */
export type Checked<M> = {
  [Type in keyof M]: Type extends ReservedType
    ? `"${Type}" is a word of the library's own`
    : HasField<SentData<M[Type]>, "type"> extends true
      ? "no field can be called type"
      : HasField<SentReply<M[Type]>, "type" | "to"> extends true
        ? "no field of a reply can be called type, or to"
        : unknown;
};

/** Whether any kind of the data names such a field; records, which name none, may. */
type HasField<Data, Field extends string> = true extends (
  Data extends unknown
    ? string extends keyof Data
      ? false
      : Extract<keyof Data, Field> extends never
        ? false
        : true
    : never
)
  ? true
  : false;
