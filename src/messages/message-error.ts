import type { SchemaIssue } from "./standard-schema.ts";

/** UTF-16 code units of what is told of a mistake: schemas quote what they were given, and that may be long. */
const MAX_COMPLAINT_LENGTH = 500;
/** A type that is longer is not repeated to whoever sent it. */
const MAX_TYPE_LENGTH = 64;

/** What a `MessageError` knows besides its reason. */
export interface MessageErrorDetails {
  /** The type of the message that it is about, as far as it could be read. */
  readonly to?: string | undefined;
  /** What the schema found; only where it was checked, since it does not travel. */
  readonly issues?: readonly SchemaIssue[] | undefined;
}

/**
 * A message was refused, or is none of those that are defined.
 *
 * A handler throws it to refuse what it was asked: the sender is told, and the session goes on. `request` rejects with it
 * when the other side refused. `reason` is a word for programs: `malformed` for what was sent, `malformed-reply` for a
 * reply that is not as it is defined, and whatever words the application has; `message` is a sentence for people.
 */
export class MessageError extends Error {
  override readonly name: string = "MessageError";
  readonly reason: string;
  readonly to: string | undefined;
  readonly issues: readonly SchemaIssue[];

  constructor(reason: string, message: string, details: MessageErrorDetails = {}) {
    super(message);
    this.reason = reason;
    this.to = details.to;
    this.issues = details.issues ?? [];
  }
}

/** What is sent to say that a message is refused. */
export interface ErrorObject {
  readonly type: "error";
  readonly to: string | undefined;
  readonly reason: string;
  readonly message: string;
}

export function errorObject({ reason, message }: MessageError, to: string | undefined): ErrorObject {
  return { type: "error", to, reason, message };
}

/** What the other side said, as far as it said something. */
export function readErrorObject(json: object): MessageError {
  const { to, reason, message } = json as { readonly [field: string]: unknown };
  return new MessageError(textOr(reason, "unknown"), textOr(message, "the other side did not say why"), {
    to: typeof to === "string" ? to : undefined,
  });
}

function textOr(value: unknown, fallback: string): string {
  return typeof value === "string" ? value : fallback;
}

/** What is wrong with a message's data: the first of it, in words. */
export function malformed(to: string, issues: readonly SchemaIssue[]): MessageError {
  const { message = "it is not as it is defined", path = [] } = issues[0] ?? {};
  const where = path.map((segment) => String(typeof segment === "object" ? segment.key : segment)).join(".");
  // Some libraries say it themselves.
  const text = where === "" || message.startsWith(where) ? message : `${where}: ${message}`;
  return new MessageError("malformed", shorten(text), { to, issues });
}

/** A message of a type that nobody defined, or something that has none. */
export function unknownType(type: unknown, known: readonly string[]): MessageError {
  const to = typeof type === "string" && type.length <= MAX_TYPE_LENGTH ? type : undefined;
  const text =
    known.length === 0
      ? "no messages are taken from this side"
      : `a message is an object whose "type" is one of ${known.join(", ")}`;
  return new MessageError("malformed", shorten(text), { to });
}

function shorten(text: string): string {
  return text.length <= MAX_COMPLAINT_LENGTH ? text : `${text.slice(0, MAX_COMPLAINT_LENGTH)}…`;
}
