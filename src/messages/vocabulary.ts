import { type Messages, RESERVED_TYPES } from "./definition.ts";
import { besides } from "./json.ts";
import { MessageError, malformed, unknownType } from "./message-error.ts";
import { check, type SchemaResult, type StandardSchema } from "./standard-schema.ts";

/** What a message says, or what is wrong with it. */
export type Reading =
  | { readonly type: string; readonly data: unknown; readonly error?: undefined }
  | { readonly type: "malformed"; readonly error: MessageError; readonly data?: undefined };

interface Defined {
  readonly schema: StandardSchema;
  /** Set when the message is answered. */
  readonly reply: StandardSchema | undefined;
}

/** The messages of one direction: what may be said, and how to tell. */
export class Vocabulary {
  /** A map: no name that a stranger thinks of is found in it by accident. */
  readonly #defined: ReadonlyMap<string, Defined>;

  constructor(messages: Messages) {
    this.#defined = new Map(Object.entries(messages).map(([type, defined]) => [type, readDefined(type, defined)]));
  }

  get types(): readonly string[] {
    return [...this.#defined.keys()];
  }

  isRequest(type: string): boolean {
    return this.#defined.get(type)?.reply !== undefined;
  }

  write(type: string, data: object | undefined): { readonly type: string } {
    if (!this.#defined.has(type)) throw new TypeError(`"${type}" is not defined; ${this.types.join(", ")} are`);
    return besides({ type }, data);
  }

  /** Reads what was parsed from JSON; at once, unless the schema has to wait for something. */
  read(json: unknown): Reading | Promise<Reading> {
    const { type, ...data } = Object(json) as { readonly [field: string]: unknown };
    const defined = typeof type === "string" ? this.#defined.get(type) : undefined;
    if (defined === undefined) return { type: "malformed", error: unknownType(type, this.types) };
    return conclude(type as string, check(defined.schema, data));
  }

  /** Reads the reply to one of these, which it gives as its type. */
  readReply(json: object): Reading | Promise<Reading> {
    const { type: _, to, ...data } = json as { readonly [field: string]: unknown };
    const reply = typeof to === "string" ? this.#defined.get(to)?.reply : undefined;
    if (reply === undefined) {
      return { type: "malformed", error: new MessageError("malformed", "it answers nothing that is asked") };
    }
    return conclude(to as string, check(reply, data));
  }
}

function conclude(type: string, result: SchemaResult | Promise<SchemaResult>): Reading | Promise<Reading> {
  if (result instanceof Promise) return result.then((settled) => conclude(type, settled));
  return result.issues === undefined
    ? { type, data: result.value }
    : { type: "malformed", error: malformed(type, result.issues) };
}

function readDefined(type: string, defined: Messages[string] | undefined): Defined {
  if ((RESERVED_TYPES as readonly string[]).includes(type)) {
    throw new TypeError(`no message can be called "${type}": it is a word of the library's own`);
  }
  if (isSchema(defined)) return { schema: defined, reply: undefined };
  if (isSchema(defined?.request) && isSchema(defined.reply)) return { schema: defined.request, reply: defined.reply };
  throw new TypeError(`"${type}" has to be a Standard Schema, or { request, reply } of two`);
}

/** Those of some libraries are functions. */
function isSchema(value: unknown): value is StandardSchema {
  return (typeof value === "object" || typeof value === "function") && value !== null && "~standard" in value;
}
