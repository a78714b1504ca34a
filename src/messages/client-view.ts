import type { ClientSession } from "../runtime/public-sessions.ts";
import type { ClientRoom } from "../runtime/room.ts";
import type { AnyReceived } from "./incoming.ts";
import { SessionView } from "./session-view.ts";

/** A client's session, which has rooms to read. */
export class ClientView extends SessionView<ClientSession> {
  room(name: string): AsyncIterable<AnyReceived> & { readonly room: ClientRoom } {
    const room = this.session.room(name);
    return { room, [Symbol.asyncIterator]: () => this.readerOf(room) };
  }
}
