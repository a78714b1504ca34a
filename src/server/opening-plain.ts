import type { ProtocolError } from "../protocol/protocol-error.ts";
import type { Timed } from "../runtime/deadlines.ts";
import type { Payload } from "../runtime/message.ts";
import type { Peer, PlainConnection, PlainReceiver } from "../runtime/ports.ts";
import { type Refusal, refuse } from "../session/admission.ts";
import type { SessionRegistry } from "./session-registry.ts";

/**
 * A plain connection that may not come in yet, or not at all: `authenticate` is being asked, or it was refused.
 * What the client sends meanwhile waits; one message was read already, and is handed on.
 */
export class OpeningPlain implements PlainReceiver, Timed {
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly #server: SessionRegistry;
  readonly #connection: PlainConnection;
  readonly #peer: Peer;
  #session: PlainReceiver | undefined;
  #held: Payload | undefined;
  #hasReadEnd = false;
  #isOver = false;

  constructor(server: SessionRegistry, connection: PlainConnection, peer: Peer, refusal: Refusal | undefined) {
    this.#server = server;
    this.#connection = connection;
    this.#peer = peer;
    if (refusal !== undefined) this.#refuse(refusal);
    else void this.#open();
    const { clock, deadlines, limits } = server.options;
    if (!this.#isOver) deadlines.wake(this, clock.now() + limits.openTimeoutMs);
  }

  async #open(): Promise<void> {
    const { authorization } = this.#peer.headers;
    const credential = authorization?.replace(/^Bearer +/i, "");
    const admission = await this.#server.admit(credential, this.#peer);
    if (this.#isOver) return;
    if ("kind" in admission) {
      this.#refuse(admission);
      return;
    }
    // There was room when it came.
    const refusal = this.#server.refusalOfNew();
    if (refusal !== undefined) {
      this.#refuse(refusal);
      return;
    }
    this.#server.options.deadlines.cancel(this);
    const session = this.#server.beginPlain(this.#connection, this.#peer, admission.identity, admission.expiresAt);
    this.#session = session;
    const goesOn = this.#held === undefined || session.onMessage(this.#held, this.#server.options.clock.now());
    this.#held = undefined;
    if (this.#hasReadEnd) session.onReadEnd();
    else if (goesOn) this.#connection.resume();
  }

  #refuse(refusal: Refusal): void {
    this.#leave();
    const { code, reason } = refusal.close;
    this.#server.options.emit({ name: "connection-refused", address: this.#peer.address, code, reason });
    this.#connection.close(code, reason);
  }

  onMessage(payload: Payload, now: number): boolean {
    if (this.#session !== undefined) return this.#session.onMessage(payload, now);
    this.#held ??= payload;
    return false;
  }

  onProtocolError(error: ProtocolError, now: number): void {
    if (this.#session !== undefined) this.#session.onProtocolError(error, now);
    else if (!this.#isOver) this.#refuse(refuse(error.closeName, error.reason));
  }

  onDrained(): void {
    this.#session?.onDrained();
  }

  onReadEnd(): void {
    this.#hasReadEnd = true;
    this.#session?.onReadEnd();
  }

  onLost(clean = false, code = 0, reason = "", now = 0): void {
    this.#leave();
    this.#session?.onLost(clean, code, reason, now);
  }

  #leave(): void {
    this.#isOver = true;
    this.#server.options.deadlines.cancel(this);
  }

  /** `authenticate` should have answered by now. */
  onTime(): number {
    this.#refuse(refuse("overloaded", "the session could not be opened in time"));
    return Number.POSITIVE_INFINITY;
  }
}
