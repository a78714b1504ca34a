/** A command that cannot do what it was asked to; the message is the one sentence that the user gets. Exit code 1. */
export class Failure extends Error {
  override readonly name = "Failure";
}

/** A command that was called the wrong way. Exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What the operating system said, in words. */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return (code === undefined ? undefined : REASONS[code]) ?? error.message;
}

const REASONS: { readonly [code: string]: string } = {
  EACCES: "it may not be read",
  EISDIR: "it is a folder",
  ENOENT: "there is no such file",
};
