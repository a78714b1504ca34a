import type { RoomSession } from "../runtime/ports.ts";
import { type PresenceEnvironment, RoomPresence } from "./room-presence.ts";

/** Tells who comes to the rooms of this node, who goes, and who is away. */
export class Presence {
  readonly #env: PresenceEnvironment;
  /** Rooms in which somebody was told to be, or of which something is to be told. */
  readonly #rooms = new Map<string, RoomPresence>();
  #isStopped = false;

  constructor(env: PresenceEnvironment) {
    this.#env = env;
  }

  /** Something about this session may have changed. Whether `tell` is to be called when the turn is over. */
  note(name: string, session: RoomSession): boolean {
    // Before its handler runs, nobody knows of it.
    if (this.#isStopped || session.run === undefined) return false;
    let room = this.#rooms.get(name);
    if (room === undefined) {
      room = new RoomPresence(this.#env, name, () => this.#rooms.delete(name));
      this.#rooms.set(name, room);
    }
    room.note(session);
    return true;
  }

  /** The turn is over: what has changed in it is told. */
  tell(name: string): void {
    this.#rooms.get(name)?.onTurnEnd();
  }

  /** Somebody looks who is in the room. */
  onRead(name: string): void {
    this.#rooms.get(name)?.onRead();
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#isStopped = true;
    for (const room of this.#rooms.values()) room.stop();
    this.#rooms.clear();
  }
}
