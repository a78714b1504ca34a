import type { CloseInfo, WordsOfEnding } from "../session/close-info.ts";

/** The session has ended, so that this can no longer happen. `info` is its obituary, as far as it is known. */
export class SessionClosedError extends Error {
  override readonly name = "SessionClosedError";
  /** The close code; `docs/protocol.md` has the table. */
  readonly code: number;
  readonly info: WordsOfEnding;

  constructor(info: WordsOfEnding) {
    super(`the session ended: ${wordsOf(info)}`);
    this.code = info.code;
    this.info = info;
  }
}

/** An ending in a few words: "kicked (4012), spam". */
export function wordsOf({ name, code, reason }: Pick<CloseInfo, "name" | "code" | "reason">): string {
  return `${name} (${code})${reason && `, ${reason}`}`;
}

/** Two readers at once. A session, and a claimed room, has one. */
export class ConcurrentReadError extends Error {
  override readonly name = "ConcurrentReadError";

  constructor() {
    super("somebody else is reading");
  }
}

/** A gap has no content to parse: something is missing here. `message.gap` says what. */
export class GapError extends Error {
  override readonly name = "GapError";
}

/** No reply came within `requestTimeoutMs`. The request may have been processed all the same. */
export class RequestTimeoutError extends Error {
  override readonly name = "RequestTimeoutError";

  constructor(timeoutMs: number) {
    super(`no reply within ${timeoutMs} ms`);
  }
}

/** A room could not be joined, read or written. */
export class RoomError extends Error {
  override readonly name = "RoomError";
}

/** Thrown by `authenticate`: the credential is good, but not for this. The client gets 4003 and the message. */
export class ForbiddenError extends Error {
  override readonly name = "ForbiddenError";
}
