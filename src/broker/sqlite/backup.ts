import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { BrokerError } from "../broker.ts";
import { loadBinding } from "./binding.ts";
import { brokerError } from "./faults.ts";
import { readDataFolder } from "./reading.ts";

/**
 * What a copy is without: it lacks whatever comes after it, so it is another incarnation of every log. Clients that are
 * ahead of it must not take its offsets, its sessions or its keys for those that they know.
 */
const FORGET = `
  DELETE FROM sessions;
  DELETE FROM keys;
  DELETE FROM meta;
  UPDATE rooms SET epoch = 1 + (random() & 0x7fffffff);
`;

/**
 * Writes all rooms, as they are at this moment, to a file of its owner's alone; a server may go on writing meanwhile.
 *
 * Put into an empty folder as `bowline.db`, the file is a data folder again. There is no such file before it is whole.
 * Throws `BrokerError`, also when it is there.
 */
export async function backUp(folder: string, file: string): Promise<void> {
  const Binding = await loadBinding();
  const unfinished = `${file}.unfinished`;
  await readDataFolder(folder, (database) => {
    if (existsSync(file)) throw new BrokerError(`${file} is there already, and is not overwritten`);
    try {
      // Another one may have been killed.
      remove(unfinished);
      closeSync(openSync(unfinished, "wx", 0o600));
      database.prepare("VACUUM INTO ?").run(unfinished);
      const copy = new Binding(unfinished);
      copy.exec(`BEGIN; ${FORGET} COMMIT`);
      copy.close();
      sync(unfinished, "r+");
      renameSync(unfinished, file);
      // Windows has nothing of the kind.
      if (process.platform !== "win32") sync(dirname(file), "r");
    } catch (error) {
      remove(unfinished);
      throw brokerError(error, file);
    }
  });
}

/** Also what SQLite put beside it: a new file of this name must not be taken for that one's. */
function remove(file: string): void {
  for (const suffix of ["", "-journal", "-wal", "-shm"]) rmSync(file + suffix, { force: true });
}

function sync(path: string, flags: string): void {
  const descriptor = openSync(path, flags);
  fsyncSync(descriptor);
  closeSync(descriptor);
}
