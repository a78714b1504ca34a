import type { ClientSession, Credential } from "./public-sessions.ts";
import type { ClientRoom } from "./room.ts";
import { SessionRun } from "./session.ts";
import type { SessionCore } from "./session-core.ts";

/** What only the client's side of a session can do. Each throws `TypeError` where the server's side cannot follow. */
export interface ClientActions {
  room(name: string): ClientRoom;
  reauthenticate(credential: Credential): Promise<void>;
}

/** A session as a client holds it, and what is around it. */
export class ClientSessionRun extends SessionRun implements ClientSession {
  readonly #actions: ClientActions;

  constructor(core: SessionCore, actions: ClientActions) {
    super(core);
    this.#actions = actions;
  }

  room(name: string): ClientRoom {
    return this.#actions.room(name);
  }

  reauthenticate(credential: Credential): Promise<void> {
    return this.#actions.reauthenticate(credential);
  }
}
