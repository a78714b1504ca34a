import { BrokerError, type Entry, type NewEntry } from "../broker.ts";
import { rollBack } from "./binding.ts";
import { openDataFolder } from "./data-folder.ts";
import { brokerError } from "./faults.ts";
import { LogTable } from "./log-table.ts";
import { readDataFolder } from "./reading.ts";
import { RoomTable, type StoredRoom } from "./room-table.ts";

const PAGE = { entries: 500, bytes: 1_024 * 1_024 };
/** What is remembered of rooms is written after so many entries. */
const FLUSH_EVERY = 1_000;
const NOBODY = new Uint8Array(0);

/** An entry that was in a log before. */
export interface ArchivedEntry extends Pick<NewEntry, "payload" | "text"> {
  readonly room: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** How far it is: so many of so many entries. */
type OnProgress = (done: number, all: number) => void;

/**
 * Gives a room's entries to `onPage`, oldest first, and waits for it. A server may go on writing meanwhile: what comes
 * after the beginning is left out, and so is what it trims before it was read.
 *
 * Throws `BrokerError`, also when there is no such room.
 */
export function readArchive(
  folder: string,
  room: string,
  onPage: (entries: readonly Entry[]) => Promise<void>,
  onProgress: OnProgress,
): Promise<void> {
  return readDataFolder(folder, async (database) => {
    const rooms = new RoomTable(database, NOBODY, 0);
    const stored = rooms.find(room);
    if (stored === undefined) throw new BrokerError(`there is no room ${room} in ${folder}`);
    const logs = new LogTable(database, rooms);
    const { epoch, head, trimmed } = stored;
    for (let after = trimmed; after < head; ) {
      // A server may have trimmed it meanwhile. One transaction for all pages would keep it from tidying up its file.
      rooms.forget();
      database.exec("BEGIN");
      const page = logs.read(room, { epoch, offset: after }, PAGE);
      database.exec("COMMIT");
      const entries = page.entries.filter(({ offset }) => offset <= head);
      await onPage(entries);
      after = entries.at(-1)?.offset ?? head;
      onProgress(after - trimmed, head - trimmed);
    }
  });
}

/**
 * Appends entries to their rooms, with the times that they had: all of them, or none. Returns how many.
 *
 * Throws `BrokerError`, also while a server uses the folder, and whatever `entries` throw.
 */
export async function writeArchive(folder: string, entries: AsyncIterable<ArchivedEntry>): Promise<number> {
  const { database, file, identity, close } = await openDataFolder(folder);
  try {
    const rooms = new RoomTable(database, identity.incarnation, Number.POSITIVE_INFINITY);
    const logs = new LogTable(database, rooms);
    let count = 0;
    database.exec("BEGIN IMMEDIATE");
    for await (const { room: name, payload, text, at } of entries) {
      const room = rooms.findOrAdd(name) as StoredRoom;
      logs.append(room, payload, text ?? null, at);
      count += 1;
      if (count % FLUSH_EVERY === 0) rooms.flush();
    }
    rooms.flush();
    database.exec("COMMIT");
    return count;
  } catch (error) {
    rollBack(database);
    throw error instanceof Error && "code" in error ? brokerError(error, file) : error;
  } finally {
    close();
  }
}
