import type { Ending } from "./ending.ts";

/** One unacknowledged message of stream 0 in a record. */
interface RecordedMessage {
  readonly sequence: number;
  readonly flags: number;
  readonly repliesTo: number;
  readonly payload: string | Uint8Array;
}

/** A room that the session is in, and how far its client has acknowledged it. */
export interface RecordedRoom {
  readonly room: string;
  readonly epoch: number;
  readonly cursor: number;
}

/** What the handling of a message that is not acknowledged was granted on stream 0: see `runtime/grants.ts`. */
export interface RecordedGrant {
  readonly message: number;
  readonly sends: number;
  readonly requests: readonly (readonly [place: number, sequence: number])[];
  readonly replied: boolean;
}

/**
 * Everything of a durable session that has to survive its server. Written whole, before any byte that depends on it
 * leaves: append, record, wire.
 */
export interface SessionRecord {
  readonly id: string;
  readonly identityHash: string;
  readonly identity: unknown;
  /** Which copy of the client carries it, which came before, and its last adopted dial. */
  readonly instance: string;
  readonly pastInstances: readonly string[];
  readonly attempt: number;
  /** Stream 0 from the client: everything up to here was processed. */
  readonly processed: number;
  /** CRC-32 of the payloads 1..processed. */
  readonly checksum: number;
  /** Stream 0 to the client. */
  readonly sent: number;
  readonly acknowledged: number;
  readonly unacknowledged: readonly RecordedMessage[];
  /** Per message that is not acknowledged: the numbers of the sends that its handling was granted. */
  readonly granted: readonly RecordedGrant[];
  /** `session.state` as JSON text, as of `processed`; `undefined` before the first assignment. */
  readonly state: string | undefined;
  readonly rooms: readonly RecordedRoom[];
  /** Its handler has run for the last time; what was sent is still being delivered. */
  readonly ending: Required<Ending> | undefined;
  /** How often the handler had started. */
  readonly runs: number;
}

/** For how long a record is kept after it was written. A token that was given out since runs out before. */
export function recordLifeMs(limits: { readonly resumeWindowMs: number }): number {
  return 2 * limits.resumeWindowMs;
}
