import { CLOSE_CODES, type CloseName } from "../protocol/close-codes.ts";
import { type CloseBeginner, type CloseFrame, MAX_REASON_BYTES } from "../protocol/frames/close.ts";
import { truncateUtf8 } from "../protocol/text.ts";

/** How a session ends, in somebody's words. */
export interface Ending {
  readonly code: number;
  readonly reason: string;
  readonly by: CloseBeginner;
  readonly retryAfterMs?: number;
}

/** An ending that was decided on, and how far it has come. */
export interface Closing extends Required<Ending> {
  /**
   * The last of the peer's messages that count as received, once that is settled: no more are taken then. The server
   * settles it when it begins to close, since its tombstone says so; the client when it first says CLOSE.
   */
  received: number | undefined;
  /** CLOSE has been written to the connection that is attached now. */
  said: boolean;
  /** Unacknowledged output is no longer waited for. */
  forced: boolean;
  /** The peer's own CLOSE, once it has come. */
  answer: CloseFrame | undefined;
}

/** How it ends, and nothing of how far it has come. */
export function endingOf({ code, reason, by, retryAfterMs }: Required<Ending>): Required<Ending> {
  return { code, reason, by, retryAfterMs };
}

/** What begins an ending: only a normal one waits until everything is acknowledged. */
export function beginClosing(ending: Ending, received: number | undefined): Closing {
  const forced = ending.code !== CLOSE_CODES.normal.code;
  // As CLOSE will say it: both obituaries have the same words.
  const reason = truncateUtf8(ending.reason, MAX_REASON_BYTES);
  return { retryAfterMs: 0, ...ending, reason, received, said: false, forced, answer: undefined };
}

/** Endings of peers that broke a rule. */
const VIOLATIONS = [CLOSE_CODES["protocol-error"], CLOSE_CODES["message-too-big"], CLOSE_CODES["slow-reader"]];

export function isViolation(code: number): boolean {
  return VIOLATIONS.some((violation) => violation.code === code);
}

/** The ending of a session whose peer broke a rule. */
export function violation(name: CloseName, reason: string, by: CloseBeginner): Ending {
  return { code: CLOSE_CODES[name].code, reason, by };
}
