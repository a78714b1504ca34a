import { BrokerError } from "../broker.ts";
import { resultCodeOf } from "./binding.ts";

const SQLITE_CORRUPT = 11;

/** SQLite's result codes, as sentences for whoever runs the server. */
const SENTENCES: { readonly [code: number]: (file: string) => string } = {
  3: (file) => `${file} may not be used: the system denies access to it`,
  5: (file) => `${file} is locked by another program`,
  6: (file) => `${file} is locked by another program`,
  8: (file) => `${file} may not be written to: check who owns it, and whether its disk is read-only`,
  10: (file) => `${file} could not be read or written: the disk failed`,
  11: (file) => `${file} is damaged: put a backup in its place, or move it away to begin anew`,
  13: (file) => `${file} could not be written: the disk is full`,
  14: (file) => `${file} cannot be opened: check who owns it, and whether its disk is read-only`,
  26: (file) => `${file} is not a database, or is damaged: put a backup in its place, or move it away to begin anew`,
};

/** What operating systems say of files, in words. */
const REASONS: { readonly [code: string]: string } = {
  EACCES: "the system denies access to it",
  EEXIST: "it is a file, and not a folder",
  // What Node makes of it when a folder cannot be made.
  ENOENT: "it cannot be made there",
  ENOSPC: "the disk is full",
  ENOTDIR: "a part of its path is a file, and not a folder",
  EROFS: "its disk is read-only",
};

/** An error of SQLite, or of the file system, as a sentence that names the file. */
export function brokerError(error: unknown, file: string): BrokerError {
  if (error instanceof BrokerError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  // Of damage in the index of words SQLite says no more than this.
  const resultCode = message.includes("vtable constructor failed") ? SQLITE_CORRUPT : resultCodeOf(error);
  const sentence = SENTENCES[resultCode ?? -1]?.(file);
  return new BrokerError(sentence ?? `${file} cannot be used: ${REASONS[code ?? ""] ?? message}`, { cause: error });
}
