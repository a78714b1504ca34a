import type { ClientRoom } from "./room.ts";
import { Session } from "./session.ts";
import type { SessionCore } from "./session-core.ts";

/** What only the client's side of a session can do. Each throws `TypeError` where the server's side cannot follow. */
export interface ClientActions {
  room(name: string): ClientRoom;
  reauthenticate(credential: Credential): Promise<void>;
}

/** A session as a client holds it. */
export class ClientSession extends Session {
  readonly #actions: ClientActions;

  constructor(core: SessionCore, actions: ClientActions) {
    super(core);
    this.#actions = actions;
  }

  /**
   * A room that the handler joined this session to. Iterating over it claims it: its entries, also those that wait in
   * the session's loop, come here instead. `break` gives it back, with what was not read.
   */
  room(name: string): ClientRoom {
    return this.#actions.room(name);
  }

  /**
   * Offers a new credential on the live session, before the old one ends. Resolves when the server has accepted it;
   * rejects when it has not (the session goes on with the old one), and with `SessionClosedError`.
   */
  reauthenticate(credential: Credential): Promise<void> {
    return this.#actions.reauthenticate(credential);
  }
}

/** What proves who the client is: text or bytes, as the server's `authenticate` understands them. */
export type Credential = string | Uint8Array;
