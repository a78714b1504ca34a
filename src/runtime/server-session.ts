import type { LineEnding } from "../protocol/lines.ts";
import { utf8Length } from "../protocol/text.ts";
import { RoomError } from "./errors.ts";
import type { ServerSession } from "./public-sessions.ts";
import { never } from "./reader.ts";
import type { JoinOptions, Room } from "./room.ts";
import { SessionRun } from "./session.ts";
import { quietly, rejectedQuietly } from "./session-core.ts";

/** A session as one run of its handler holds it, on the server. */
export class ServerSessionRun extends SessionRun implements ServerSession {
  /** How joins that are under way are told that the session ends. */
  #joins: Set<(error: unknown) => void> | undefined;

  /**
   * An error in the loop's body leaves the loop as `break` does. Which it was is known when the handler settles: only
   * then is the message done, or not, and the session ends, one way or the other.
   */
  override onLeave(): void {}

  get restarted(): number {
    return this.core.restarted;
  }

  get lineEnding(): LineEnding {
    return this.core.lineEnding;
  }

  get identity(): unknown {
    return this.core.identity;
  }

  get state(): unknown {
    const text = this.core.stateText;
    return text === undefined ? undefined : JSON.parse(text);
  }

  set state(value: unknown) {
    if (this.isReplaced) return;
    const text: string | undefined = JSON.stringify(value);
    const { maxStateBytes } = this.core.env.limits;
    if (text !== undefined && utf8Length(text) > maxStateBytes) {
      throw new RangeError(`session.state of ${utf8Length(text)} bytes is above maxStateBytes (${maxStateBytes})`);
    }
    this.core.stateText = text;
  }

  join(room: string, options: JoinOptions = {}): Promise<Room> {
    if (this.isReplaced) return never();
    const { rooms } = this.core.env;
    if (rooms === undefined) return rejectedQuietly(new RoomError("rooms are joined by the server's handler"));
    if (this.core.isEnding) return rejectedQuietly(this.core.closedError());
    return quietly(this.#untilEnding(rooms.join(this.core, this, room, options)));
  }

  /** A broker that does not answer holds no handler whose session is over. */
  #untilEnding(joined: Promise<Room>): Promise<Room> {
    this.#joins ??= new Set();
    const joins = this.#joins;
    return new Promise((resolve, reject) => {
      joins.add(reject);
      joined.then(resolve, reject).finally(() => joins.delete(reject));
    });
  }

  override onEnding(): void {
    super.onEnding();
    for (const reject of this.#joins ?? []) reject(this.core.closedError());
  }

  room(room: string): Room {
    const { rooms } = this.core.env;
    if (rooms === undefined) throw new RoomError("this session has no rooms");
    return rooms.room(this.core, this, room);
  }
}
