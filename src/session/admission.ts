import { CLOSE_CODES, type CloseName } from "../protocol/close-codes.ts";
import type { CloseFrame } from "../protocol/frames/close.ts";
import type { OpenFrame } from "../protocol/frames/open.ts";
import type { ServerMachine, StartNumbers } from "./server-machine.ts";

/** What a good token says. Checking its signature is the server's business. */
export interface TokenClaims {
  readonly id: string;
  /** The incarnation of the server that signed it. */
  readonly boot: string;
  readonly identityHash: string;
  /** In the time of the clock that all nodes share. */
  readonly validUntil: number;
}

/** The last words of a session that has ended, kept so that it stays ended. */
export type Tombstone = Omit<CloseFrame, "type">;

/** OPENED may be sent; nothing is created, taken over or started before the client's next frame adopts it. */
export interface Offer {
  readonly kind: "offer";
  readonly origin: "new" | "resumed" | "revived";
  readonly sessionId: string;
  readonly open: OpenFrame;
  readonly identityHash: string;
  /** Resumed: the session, and what it had received when OPENED was sent. */
  readonly machine: ServerMachine | undefined;
  readonly receivedThen: number;
  /** Not resumed: where the client's numbers and the server's go on. */
  readonly start: StartNumbers;
}

/** The OPEN is answered with CLOSE. It ends nothing on the server. */
export interface Refusal {
  readonly kind: "refusal";
  readonly close: Tombstone;
}

/** The OPEN is of a dial that its own client has abandoned: close silently. */
export interface Abandoned {
  readonly kind: "abandoned";
}

export const ABANDONED: Abandoned = { kind: "abandoned" };

/** A refusal that knows nothing of the session. */
export function refuse(name: CloseName, reason: string, retryAfterMs = 0): Refusal {
  const { code } = CLOSE_CODES[name];
  return { kind: "refusal", close: { code, reason, retryAfterMs, sent: 0, received: 0, by: "server" } };
}

/** What is known of the session that an OPEN names. */
export interface Known {
  /** The session, in memory or restored from its record. */
  readonly machine: ServerMachine | undefined;
  readonly tombstone: Tombstone | undefined;
}

/** The server that answers. */
export interface Answering {
  readonly boot: string;
  readonly durable: boolean;
  /** The name for a session that has none. */
  readonly freshId: () => string;
}

/**
 * Answers an OPEN: with an offer, a refusal, or silence.
 *
 * `claims` is `undefined` when the token is not good. The order of the questions is the design: ended stays ended, an
 * abandoned dial replaces nothing, and a copy of a client that fell behind never gets the session.
 */
export function answerOpen(
  open: OpenFrame,
  claims: TokenClaims | undefined,
  identityHash: string,
  known: Known,
  server: Answering,
  now: number,
): Offer | Refusal | Abandoned {
  const offer = { kind: "offer", open, identityHash, machine: undefined, receivedThen: 0 } as const;
  const start = { received: open.acked, sent: open.received };
  if (open.sessionId === "") {
    if (open.received > 0 || open.acked > 0) return refuse("protocol-error", "a new session has no numbers yet");
    return { ...offer, origin: "new", sessionId: server.freshId(), start };
  }
  if (claims === undefined || claims.id !== open.sessionId) return refuse("session-expired", "the token is not good");
  if (claims.identityHash !== identityHash) return refuse("forbidden", "the session is somebody else's");
  if (known.tombstone !== undefined) return { kind: "refusal", close: known.tombstone };
  const { machine } = known;
  if (machine !== undefined) {
    const verdict = judgeCopy(machine, open);
    if (verdict !== undefined) return verdict;
    const { id } = machine;
    return { ...offer, origin: "resumed", sessionId: id, machine, receivedThen: machine.received, start };
  }
  if (now > claims.validUntil) return refuse("session-expired", "the session is gone");
  // Of this boot and yet unknown: the adoption was lost, so that nothing of it ever ran. The same where sessions are
  // durable, since a record is committed before the handler starts. But who has heard something already is owed the gap.
  const hasHeard = open.received > 0 || open.acked > 0;
  const origin = !hasHeard && (claims.boot === server.boot || server.durable) ? "new" : "revived";
  return { ...offer, origin, sessionId: open.sessionId, start };
}

/** Refuses a dial that was abandoned, and a copy of the client that is behind or was superseded. */
function judgeCopy(machine: ServerMachine, open: OpenFrame): Refusal | Abandoned | undefined {
  if (open.received > machine.sending.last) return refuse("protocol-error", "received is above what was sent");
  if (open.instance === machine.instance) return open.attempt <= machine.attempt ? ABANDONED : undefined;
  const behind = open.received < machine.sending.acknowledged || open.sent < machine.received;
  if (behind || machine.pastInstances.includes(open.instance)) {
    return refuse("replaced", "another copy of this client carries the session");
  }
  return undefined;
}

/**
 * Whether an offer may still be adopted, now that the client has shown that it knows of it. `current` is the session
 * with this id as it is now; it may have come, gone or gone on since.
 */
export function mayAdopt(offer: Offer, current: ServerMachine | undefined): boolean {
  if (offer.machine === undefined) return current === undefined;
  if (current !== offer.machine || current.state === "closed") return false;
  const { open } = offer;
  if (open.instance === current.instance) return open.attempt > current.attempt;
  const movedOn = current.received !== offer.receivedThen || current.sending.acknowledged > open.received;
  return !movedOn && !current.pastInstances.includes(open.instance);
}
