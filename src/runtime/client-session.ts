import type { ClientCore } from "./client-core.ts";
import type { ClientRoom } from "./room.ts";
import { Session } from "./session.ts";

/** A session as a client holds it. */
export class ClientSession extends Session {
  readonly #client: ClientCore;
  readonly #reauthenticate: (credential: Credential) => Promise<void>;

  constructor(core: ClientCore, reauthenticate: (credential: Credential) => Promise<void>) {
    super(core);
    this.#client = core;
    this.#reauthenticate = reauthenticate;
  }

  /**
   * A room that the handler joined this session to. Iterating over it claims it: its entries come here, and no longer
   * into the session's loop. `break` gives it back.
   */
  room(name: string): ClientRoom {
    return this.#client.claim(name);
  }

  /**
   * Offers a new credential on the live session, before the old one ends. Resolves when the server has accepted it;
   * rejects when it has not (the session goes on with the old one), and with `SessionClosedError`.
   */
  reauthenticate(credential: Credential): Promise<void> {
    return this.#reauthenticate(credential);
  }
}

/** What proves who the client is: text or bytes, as the server's `authenticate` understands them. */
export type Credential = string | Uint8Array;
