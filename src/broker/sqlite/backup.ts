import { closeSync, fsyncSync, openSync, rmSync } from "node:fs";
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
 * Put into an empty folder as `bowline.db`, the file is a data folder again. Throws `BrokerError`, also when it is there.
 */
export async function backUp(folder: string, file: string): Promise<void> {
  const Binding = await loadBinding();
  await readDataFolder(folder, (database) => {
    create(file);
    try {
      database.prepare("VACUUM INTO ?").run(file);
      const copy = new Binding(file);
      copy.exec(`BEGIN; ${FORGET} COMMIT`);
      copy.close();
      sync(file);
    } catch (error) {
      rmSync(file);
      throw brokerError(error, file);
    }
  });
}

function create(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
    throw isThere ? new BrokerError(`${file} is there already, and is not overwritten`) : brokerError(error, file);
  }
}

function sync(file: string): void {
  const descriptor = openSync(file, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
