import type { ClientSession, Credential } from "../../runtime/public-sessions.ts";
import type { ClientRoom } from "../../runtime/room.ts";
import { SessionRun } from "../../runtime/session.ts";

/** A session over plain lines: one connection, and nothing that needs a server that speaks Bowline frames. */
export class PlainSession extends SessionRun implements ClientSession {
  room(name: string): ClientRoom {
    throw new TypeError(`there is no room ${name} here: rooms need a server that speaks Bowline frames`);
  }

  reauthenticate(_credential: Credential): Promise<void> {
    return Promise.reject(new TypeError("plain lines have no place for a credential"));
  }
}
