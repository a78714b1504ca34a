import { decodeUtf8 } from "../../protocol/text.ts";

/** What SQLite stores, as JavaScript has it. */
export type Value = string | number | Uint8Array | null;

/** A row, by the names of its columns. */
export type Row = Record<string, unknown>;

/** A prepared statement. */
export interface Statement {
  run(...values: Value[]): unknown;
  get(...values: Value[]): Row | undefined;
  all(...values: Value[]): Row[];
}

/** A connection to a file. All of it is synchronous, and so has no place in a thread that has anything else to do. */
export interface Database {
  exec(sql: string): unknown;
  prepare(sql: string): Statement;
  close(): void;
}

type DatabaseClass = new (file: string) => Database;

/** Node's own SQLite where there is one, or else the `libsql` package: see docs/decisions/013. */
export async function loadBinding(): Promise<DatabaseClass> {
  const builtIn = process.getBuiltinModule?.("node:sqlite") as { DatabaseSync: DatabaseClass } | undefined;
  if (builtIn !== undefined) return builtIn.DatabaseSync;
  const { default: Libsql } = await import("libsql");
  return Libsql as unknown as DatabaseClass;
}

/** Ends a transaction that failed. */
export function rollBack(database: Database): void {
  try {
    database.exec("ROLLBACK");
  } catch {
    // It has ended already: some errors do that.
  }
}

/** Bytes of a row: `libsql` gives buffers. */
export function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array(value as ArrayBuffer);
}

/** Text of a row that was selected as a BLOB: as a TEXT, `libsql` would end it at the first NUL. */
export function textOf(value: unknown): string {
  const bytes = bytesOf(value);
  return decodeUtf8(bytes, 0, bytes.byteLength);
}

/** SQLite's primary result code of an error, if it is one: https://sqlite.org/rescode.html. */
export function resultCodeOf(error: unknown): number | undefined {
  const { errcode, rawCode, message } = (error ?? {}) as { readonly [name: string]: unknown };
  // Of a file that it cannot open, `libsql` says the code in words only.
  const [, inWords] = /^ConnectionFailed\(.*: (\d+)"\)$/.exec(String(message)) ?? [];
  const code = errcode ?? rawCode ?? (inWords === undefined ? undefined : Number(inWords));
  return typeof code === "number" ? code & 0xff : undefined;
}
