import { EntryFlag, type EntryFrame } from "../protocol/frames/entry.ts";
import { FrameType } from "../protocol/frames/frame-type.ts";
import type { GapFrame } from "../protocol/frames/gap.ts";
import type { JoinedFrame } from "../protocol/frames/joined.ts";
import type { ClientConnection, RoomsHost } from "./client-ports.ts";
import type { RoomCursor } from "./close-info.ts";
import type { OfferedCursor } from "./ports.ts";

/** One joined room, as its client sees it. `cursor` is the last offset received. */
interface JoinedRoom extends OfferedCursor {
  ticket: string;
  cursor: number;
  /** What the connection calls it; 0 until it has said so. */
  alias: number;
  /** The last offset that the application is done with. */
  taken: number;
  /** Entries taken since the server was told. */
  untold: number;
  /** An entry did not meet the cursor, and a resume was tried for it. */
  resumedForMissed: boolean;
}

function joinedRoom(name: string, epoch: number, cursor: number, ticket: string): JoinedRoom {
  return { name, epoch, cursor, ticket, alias: 0, taken: cursor, untold: 0, resumedForMissed: false };
}

/** What the server is told on, if anything, and how much it may send before it has to be told. */
interface Line {
  readonly outlet?: ClientConnection | undefined;
  readonly mostMessages: number;
  readonly mostBytes: number;
}

/** What is wrong with a frame: `missed` asks for a resume, `unknown` is a protocol error. */
export type RoomFault = "missed" | "unknown";

/** The rooms of a client's session: one cursor each. */
export class ClientRooms {
  readonly #host: RoomsHost;
  readonly #byName = new Map<string, JoinedRoom>();
  readonly #byAlias = new Map<number, JoinedRoom>();
  /** Bytes taken of all rooms since the server was told: they share the session's window. */
  #untoldBytes = 0;

  constructor(host: RoomsHost, cursors: readonly RoomCursor[] = []) {
    this.#host = host;
    this.follow(cursors);
  }

  /** Goes on in rooms from where the client was, and in no others. */
  follow(cursors: readonly RoomCursor[]): void {
    this.#byName.clear();
    for (const { room, epoch, offset, ticket } of cursors)
      this.#byName.set(room, joinedRoom(room, epoch, offset, ticket));
  }

  /** What OPEN lists. */
  listed(): readonly OfferedCursor[] {
    return [...this.#byName.values()];
  }

  /** Where the application is in each room. */
  cursors(): readonly RoomCursor[] {
    return [...this.#byName.values()].map(({ name: room, epoch, taken: offset, ticket }) => ({
      room,
      epoch,
      offset,
      ticket,
    }));
  }

  /** A new connection: aliases are said anew. An old one may be another room's by then. */
  forgetAliases(): void {
    for (const room of this.#byAlias.values()) room.alias = 0;
    this.#byAlias.clear();
  }

  onJoined({ alias, name, epoch, cursor, ticket }: JoinedFrame, outlet: ClientConnection): void {
    const known = this.#byName.get(name);
    this.onLeft(name);
    const room = known?.epoch === epoch ? known : joinedRoom(name, epoch, cursor, ticket);
    room.alias = alias;
    room.ticket = ticket;
    this.#byName.set(name, room);
    this.#byAlias.set(alias, room);
    // OPEN told what had arrived. What the application still has before it goes on counting in the window.
    if (room === known) this.#tell(room, outlet);
  }

  onLeft(name: string): void {
    const room = this.#byName.get(name);
    if (!room) return;
    this.#byName.delete(name);
    this.#byAlias.delete(room.alias);
  }

  onEntry(frame: EntryFrame): RoomFault | undefined {
    const room = this.#byAlias.get(frame.alias);
    if (!room) return "unknown";
    if (!(frame.flags & EntryFlag.ephemeral)) {
      if (frame.offset <= room.cursor) return;
      const before = frame.offset - frame.step;
      if (before > room.cursor) {
        // Something between here and there never came. The log has it: resume, once, before it is called a gap.
        if (!room.resumedForMissed) {
          room.resumedForMissed = true;
          return "missed";
        }
        this.#host.onGap(room.name, room.cursor + 1, before, "missed");
      }
      room.resumedForMissed = false;
      room.cursor = frame.offset;
    }
    this.#host.onEntry(room.name, frame);
    return;
  }

  onGap({ alias, from, to, reason }: GapFrame): RoomFault | undefined {
    const room = this.#byAlias.get(alias);
    if (!room) return "unknown";
    if (!to || to > room.cursor) this.#host.onGap(room.name, from, to, reason);
    room.cursor = Math.max(room.cursor, to);
    return;
  }

  /**
   * The application is done with an entry. The server is told at half a window, of this room or of all, or with the next
   * heartbeat: members of a busy room must not answer every entry with a write.
   */
  take(name: string, offset: number, bytes: number, { outlet, mostMessages, mostBytes }: Line): void {
    const room = this.#byName.get(name);
    // What is above the cursor came before the session left the room and joined again.
    if (!room || offset <= room.taken || offset > room.cursor) return;
    room.taken = offset;
    room.untold += 1;
    this.#untoldBytes += bytes;
    const isDue = this.#untoldBytes * 2 >= mostBytes || room.untold * 2 >= mostMessages;
    if (isDue && outlet) this.tellAll(outlet);
  }

  /** Tells the server of everything taken that it has not been told of. */
  tellAll(outlet: ClientConnection): void {
    this.#untoldBytes = 0;
    for (const room of this.#byAlias.values()) if (room.untold) this.#tell(room, outlet);
  }

  #tell(room: JoinedRoom, outlet: ClientConnection): void {
    room.untold = 0;
    outlet.writer.frame(FrameType.ack, [room.alias, room.taken]);
    outlet.flush();
  }
}
