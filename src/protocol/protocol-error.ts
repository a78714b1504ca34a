import type { CloseName } from "./close-codes.ts";

/**
 * The peer broke a rule of the wire. The only error that a codec throws.
 *
 * `clause` names the rule: a numbered clause of `docs/protocol.md` (`"§4.2"`) or of an RFC (`"RFC 6455 §5.5"`).
 */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly closeName: CloseName;
  readonly clause: string;
  /** What was broken, without the clause: for the peer, in a CLOSE or on a plain terminal. */
  readonly reason: string;

  constructor(reason: string, clause: string, closeName: CloseName = "protocol-error") {
    super(`${reason} (${clause})`);
    this.reason = reason;
    this.clause = clause;
    this.closeName = closeName;
  }
}
