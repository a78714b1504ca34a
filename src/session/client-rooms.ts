import { writeAck } from "../protocol/frames/ack.ts";
import { EntryFlag, type EntryFrame } from "../protocol/frames/entry.ts";
import type { GapFrame, GapReason } from "../protocol/frames/gap.ts";
import type { JoinedFrame } from "../protocol/frames/joined.ts";
import type { ClientConnection, RoomsHost } from "./client-ports.ts";
import type { RoomCursor } from "./close-info.ts";
import type { OfferedCursor } from "./ports.ts";

/** Aliases start at 1. */
const NO_ALIAS = 0;

/** One joined room, as its client sees it. `cursor` is the last offset received. */
interface JoinedRoom extends OfferedCursor {
  ticket: string;
  cursor: number;
  alias: number;
  /** The last offset that the application is done with. */
  taken: number;
  /** Entries and bytes taken since the server was told. */
  untoldEntries: number;
  untoldBytes: number;
  /** An entry did not meet the cursor, and a resume was tried for it. */
  resumedForMissed: boolean;
}

function joinedRoom(name: string, epoch: number, cursor: number, ticket: string): JoinedRoom {
  return {
    name,
    epoch,
    cursor,
    ticket,
    alias: NO_ALIAS,
    taken: cursor,
    untoldEntries: 0,
    untoldBytes: 0,
    resumedForMissed: false,
  };
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

  constructor(host: RoomsHost, cursors: readonly RoomCursor[]) {
    this.#host = host;
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
    this.#byAlias.clear();
  }

  onJoined({ alias, name, epoch, cursor, ticket }: JoinedFrame, outlet: ClientConnection): void {
    const known = this.#byName.get(name);
    const goesOn = known?.epoch === epoch;
    if (!goesOn) this.onLeft(name);
    const room = goesOn ? known : joinedRoom(name, epoch, cursor, ticket);
    if (this.#isSaid(room)) this.#byAlias.delete(room.alias);
    room.alias = alias;
    room.ticket = ticket;
    this.#byName.set(name, room);
    this.#byAlias.set(alias, room);
    if (!goesOn) return;
    // OPEN told what had arrived. What the application still has before it goes on counting in the window.
    this.#tell(room, outlet);
    outlet.flush();
  }

  onLeft(name: string): void {
    const room = this.#byName.get(name);
    if (room === undefined) return;
    this.#untoldBytes -= room.untoldBytes;
    this.#byName.delete(name);
    if (this.#isSaid(room)) this.#byAlias.delete(room.alias);
  }

  /** Whether the connection has said the room's alias. An older connection's may be another room's on this one. */
  #isSaid(room: JoinedRoom): boolean {
    return this.#byAlias.get(room.alias) === room;
  }

  onEntry(frame: EntryFrame): RoomFault | undefined {
    const room = this.#byAlias.get(frame.alias);
    if (room === undefined) return "unknown";
    if ((frame.flags & EntryFlag.ephemeral) === 0) {
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

  onGap({ alias, from, to }: GapFrame, reason: GapReason): RoomFault | undefined {
    const room = this.#byAlias.get(alias);
    if (room === undefined) return "unknown";
    if (to === 0 || to > room.cursor) this.#host.onGap(room.name, from, to, reason);
    room.cursor = Math.max(room.cursor, to);
    return;
  }

  /**
   * The application is done with an entry. The server is told at half a window, of this room or of all, or with the next
   * heartbeat: members of a busy room must not answer every entry with a write.
   */
  take(
    name: string,
    offset: number,
    bytes: number,
    windowMessages: number,
    windowBytes: number,
    outlet?: ClientConnection,
  ): void {
    const room = this.#byName.get(name);
    // What is above the cursor came before the session left the room and joined again.
    if (room === undefined || offset <= room.taken || offset > room.cursor) return;
    room.taken = offset;
    room.untoldEntries += 1;
    room.untoldBytes += bytes;
    this.#untoldBytes += bytes;
    if (outlet === undefined || !this.#isSaid(room)) return;
    if (this.#untoldBytes * 2 >= windowBytes) this.tellAll(outlet);
    else if (room.untoldEntries * 2 >= windowMessages) this.#tell(room, outlet);
    else return;
    outlet.flush();
  }

  /** Tells the server of everything taken that it has not been told of. */
  tellAll(outlet: ClientConnection): void {
    for (const room of this.#byAlias.values()) if (room.untoldEntries) this.#tell(room, outlet);
  }

  #tell(room: JoinedRoom, outlet: ClientConnection): void {
    writeAck(outlet.writer, room.alias, room.taken);
    this.#untoldBytes -= room.untoldBytes;
    room.untoldEntries = room.untoldBytes = 0;
  }
}
