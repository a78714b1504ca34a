import { writeAck } from "../protocol/frames/ack.ts";
import type { EntryFrame } from "../protocol/frames/entry.ts";
import { EntryFlag } from "../protocol/frames/entry.ts";
import type { GapFrame, GapReason } from "../protocol/frames/gap.ts";
import type { JoinedFrame } from "../protocol/frames/joined.ts";
import type { RoomCursor } from "./close-info.ts";
import type { Outlet } from "./ports.ts";

/** Aliases start at 1. */
const NO_ALIAS = 0;

/** What a client's rooms tell the session. */
export interface RoomsHost {
  onEntry(room: string, frame: EntryFrame): void;
  onGap(room: string, from: number, to: number, reason: GapReason): void;
}

/** One joined room, as its client sees it. */
class ClientRoom {
  readonly name: string;
  alias: number;
  epoch: number;
  ticket: string;
  /** The last offset received. */
  cursor: number;
  /** The last offset that the application is done with, and the last one that the server was told of. */
  taken: number;
  told: number;
  /** Entries and bytes taken since the server was told. */
  untoldEntries = 0;
  untoldBytes = 0;
  /** An entry did not meet the cursor, and a resume was tried for it. */
  resumedForMissed = false;

  constructor(name: string, alias: number, epoch: number, cursor: number, ticket: string) {
    this.name = name;
    this.alias = alias;
    this.epoch = epoch;
    this.ticket = ticket;
    this.cursor = cursor;
    this.taken = cursor;
    this.told = cursor;
  }
}

/** What became of a frame: `missed` asks for a resume, `unknown` is a protocol error. */
export type RoomVerdict = "taken" | "missed" | "unknown";

/** The rooms of a client's session: one cursor each. */
export class ClientRooms {
  readonly #host: RoomsHost;
  readonly #byName = new Map<string, ClientRoom>();
  readonly #byAlias = new Map<number, ClientRoom>();
  /** Bytes taken of all rooms since the server was told: they share the session's window. */
  #untoldBytes = 0;

  constructor(host: RoomsHost, cursors: readonly RoomCursor[]) {
    this.#host = host;
    for (const { room, epoch, offset, ticket } of cursors)
      this.#byName.set(room, new ClientRoom(room, NO_ALIAS, epoch, offset, ticket));
  }

  /** What OPEN lists. */
  listed(): { name: string; epoch: number; cursor: number; ticket: string }[] {
    return [...this.#byName.values()].map(({ name, epoch, cursor, ticket }) => ({ name, epoch, cursor, ticket }));
  }

  /** Where the application is in each room. */
  cursors(): RoomCursor[] {
    return [...this.#byName.values()].map(({ name, epoch, taken, ticket }) => ({
      room: name,
      epoch,
      offset: taken,
      ticket,
    }));
  }

  /** A new connection: aliases are said anew. An old one may be another room's by then. */
  forgetAliases(): void {
    for (const room of this.#byName.values()) room.alias = NO_ALIAS;
    this.#byAlias.clear();
  }

  onJoined(frame: JoinedFrame, outlet: Outlet): void {
    const known = this.#byName.get(frame.name);
    if (known !== undefined && known.epoch === frame.epoch) {
      this.#byAlias.delete(known.alias);
      known.alias = frame.alias;
      known.ticket = frame.ticket;
      this.#byAlias.set(frame.alias, known);
      // OPEN told what had arrived. What the application still has before it goes on counting in the window.
      this.#tell(known, outlet);
      outlet.flush();
      return;
    }
    if (known !== undefined) this.#untoldBytes -= known.untoldBytes;
    const room = new ClientRoom(frame.name, frame.alias, frame.epoch, frame.cursor, frame.ticket);
    this.#byName.set(frame.name, room);
    this.#byAlias.set(frame.alias, room);
  }

  onLeft(name: string): void {
    const room = this.#byName.get(name);
    if (room === undefined) return;
    this.#untoldBytes -= room.untoldBytes;
    this.#byName.delete(name);
    this.#byAlias.delete(room.alias);
  }

  onEntry(frame: EntryFrame): RoomVerdict {
    const room = this.#byAlias.get(frame.alias);
    if (room === undefined) return "unknown";
    if ((frame.flags & EntryFlag.ephemeral) !== 0) {
      this.#host.onEntry(room.name, frame);
      return "taken";
    }
    if (frame.offset <= room.cursor) return "taken";
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
    this.#host.onEntry(room.name, frame);
    return "taken";
  }

  onGap(frame: GapFrame, reason: GapReason): RoomVerdict {
    const room = this.#byAlias.get(frame.alias);
    if (room === undefined) return "unknown";
    if (frame.to !== 0 && frame.to <= room.cursor) return "taken";
    this.#host.onGap(room.name, frame.from, frame.to, reason);
    if (frame.to !== 0) room.cursor = frame.to;
    return "taken";
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
    outlet?: Outlet,
  ): void {
    const room = this.#byName.get(name);
    // What is above the cursor came before the session left the room and joined again.
    if (room === undefined || offset <= room.taken || offset > room.cursor) return;
    room.taken = offset;
    room.untoldEntries += 1;
    room.untoldBytes += bytes;
    this.#untoldBytes += bytes;
    // On a connection that has not said the room's alias anew, the old one may be another room's.
    if (outlet === undefined || this.#byAlias.get(room.alias) !== room) return;
    if (this.#untoldBytes * 2 >= windowBytes) this.tellAll(outlet);
    else if (room.untoldEntries * 2 >= windowMessages) this.#tell(room, outlet);
    else return;
    outlet.flush();
  }

  /** Tells the server of everything taken that it has not been told of. */
  tellAll(outlet: Outlet): void {
    for (const room of this.#byAlias.values()) if (room.taken > room.told) this.#tell(room, outlet);
  }

  #tell(room: ClientRoom, outlet: Outlet): void {
    writeAck(outlet.writer, room.alias, room.taken);
    room.told = room.taken;
    this.#untoldBytes -= room.untoldBytes;
    room.untoldEntries = 0;
    room.untoldBytes = 0;
  }
}
