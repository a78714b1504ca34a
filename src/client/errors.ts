import type { CloseInfo } from "../session/close-info.ts";

/** There is no session: the server could not be reached, or did not let this client in. The message says why. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /** The close code that the server answered with; `undefined` when it did not answer. `docs/protocol.md` has the table. */
  readonly code: number | undefined;
  /**
   * The obituary, when a stored session went on no more: what it had not delivered is in here, and the `cursors` from
   * which another can go on.
   */
  readonly info: CloseInfo | undefined;

  constructor(
    message: string,
    details: {
      readonly code?: number | undefined;
      readonly info?: CloseInfo | undefined;
      readonly cause?: unknown;
    },
  ) {
    super(message, details);
    this.code = details.code;
    this.info = details.info;
  }
}

/** The server did not accept the credential that `reauthenticate` offered; the session goes on with the old one. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";

  constructor() {
    super("the credential was refused");
  }
}
