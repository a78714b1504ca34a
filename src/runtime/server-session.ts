import type { LineEnding } from "../protocol/lines.ts";
import { utf8Length } from "../protocol/text.ts";
import { RoomError } from "./errors.ts";
import { never } from "./reader.ts";
import type { JoinOptions, Room } from "./room.ts";
import { Session } from "./session.ts";
import { quietly, rejectedQuietly } from "./session-core.ts";

/** A session as its handler holds it, on the server. */
export class ServerSession extends Session {
  /**
   * An error in the loop's body leaves the loop as `break` does. Which it was is known when the handler settles: only
   * then is the message done, or not, and the session ends, one way or the other.
   */
  override onLeave(): void {}

  /** Runs of the handler for this session before this one. */
  get restarted(): number {
    return this.core.restarted;
  }

  /** Plain lines: how the client ended its last message, and so how what it is sent ends; `""` in the other forms. */
  get lineEnding(): LineEnding {
    return this.core.outlet?.lineEnding ?? "";
  }

  /** Who the client is, as `authenticate` said. */
  get identity(): unknown {
    return this.core.identity;
  }

  /**
   * A JSON value of yours that belongs to the session; assign it whole, since a change inside it is not seen.
   *
   * It commits with the acknowledgement of the message that is being handled: a handler that runs again finds it as it
   * was then. On disk when the server is `durable`. Throws `RangeError` above `maxStateBytes`.
   */
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

  /**
   * Joins a room: its entries go to the client from now on. Joining again changes nothing.
   *
   * Resolves with the room when the client has been told. Rejects with `RoomError` above `maxRoomsPerSession`. On the
   * server only: a client asks its handler.
   */
  join(room: string, options: JoinOptions = {}): Promise<Room> {
    if (this.isReplaced) return never();
    const { rooms } = this.core.env;
    if (rooms === undefined) return rejectedQuietly(new RoomError("rooms are joined by the server's handler"));
    return quietly(rooms.join(this.core, this, room, options));
  }

  /** A room without joining it: to send to it, to page through its history, to see who is there. */
  room(room: string): Room {
    const { rooms } = this.core.env;
    if (rooms === undefined) throw new RoomError("this session has no rooms");
    return rooms.room(this.core, this, room);
  }
}
