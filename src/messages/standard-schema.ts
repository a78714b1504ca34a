/**
 * A schema of any library that follows Standard Schema 1: zod, valibot, arktype and others.
 *
 * The part of its interface that is used here, copied, as <https://standardschema.dev> invites everybody to do: nobody has
 * to install anything for it.
 */
export interface StandardSchema<Input = unknown, Output = unknown> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    /** There for the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output = unknown> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** One thing that is wrong with a value. */
export interface SchemaIssue {
  readonly message: string;
  /** Where in the value; what the schema is of itself when it is missing. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** What a schema takes: before it fills in defaults and converts. */
export type InputOf<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["input"];

/** What a schema makes of it. */
export type OutputOf<Schema extends StandardSchema> = NonNullable<Schema["~standard"]["types"]>["output"];

/** Checks a value: at once where the schema can. Throws, or rejects, with what the schema does, but for its depth. */
export function check(schema: StandardSchema, value: unknown): SchemaResult | Promise<SchemaResult> {
  try {
    const result = schema["~standard"].validate(value);
    return result instanceof Promise ? result.catch(tooDeep) : result;
  } catch (error) {
    return tooDeep(error);
  }
}

/** Schemas that describe themselves go as deep as the value does, and a stranger's value goes as deep as it likes. */
function tooDeep(error: unknown): SchemaResult {
  if (error instanceof RangeError) return { issues: [{ message: "it is nested too deeply" }] };
  throw error;
}
