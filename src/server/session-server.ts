import type { FrameConnection, FrameReceiver, Peer, PlainConnection, PlainReceiver } from "../runtime/ports.ts";
import { drainSessions } from "./drain.ts";
import { OpeningFrames } from "./opening-frames.ts";
import { OpeningPlain } from "./opening-plain.ts";
import { SessionRegistry } from "./session-registry.ts";

/**
 * Everything of a server but its sockets: connections come in as ports, from the listener or from a test.
 */
export class SessionServer extends SessionRegistry {
  /** A connection that speaks Bowline frames. What it is told becomes the session's, once it is adopted. */
  acceptFrames(connection: FrameConnection, peer: Peer, openBy = this.#openBy()): FrameReceiver {
    return new OpeningFrames(this, connection, peer, openBy);
  }

  #openBy(): number {
    const { clock, limits } = this.options;
    return clock.now() + limits.openTimeoutMs;
  }

  /** A connection that carries plain messages: its session begins at once, or when `authenticate` has let it in. */
  acceptPlain(connection: PlainConnection, peer: Peer): PlainReceiver {
    const refusal = this.refusalOfNew();
    if (refusal === undefined && this.options.authenticate === undefined) {
      return this.beginPlain(connection, peer, undefined);
    }
    return new OpeningPlain(this, connection, peer, refusal);
  }

  /** Lets everybody finish, tells them to come back later, waits for the handlers. Bounded by `timeoutMs`. */
  async drain(timeoutMs: number): Promise<void> {
    this.isDraining = true;
    this.options.rooms?.stopPresence();
    await drainSessions(this, timeoutMs);
  }
}
