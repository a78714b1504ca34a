import { existsSync } from "node:fs";
import { join } from "node:path";
import { BrokerError } from "../broker.ts";
import { type Database, loadBinding, resultCodeOf } from "./binding.ts";
import { BUSY_TIMEOUT_MS } from "./data-folder.ts";
import { brokerError } from "./faults.ts";
import { checkFormat } from "./schema.ts";

/**
 * Calls `use` with the database of a data folder, to read it: a server may be using it meanwhile, and writes on.
 *
 * Throws `BrokerError`, whose message says what to do.
 */
export async function readDataFolder<T>(
  folder: string,
  use: (database: Database, file: string) => T | Promise<T>,
): Promise<T> {
  const Binding = await loadBinding();
  const file = join(folder, "bowline.db");
  if (!existsSync(file)) throw new BrokerError(`${folder} is no data folder: there is no bowline.db in it`);
  let database: Database | undefined;
  try {
    database = new Binding(file);
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    checkFormat(database, file);
    return await use(database, file);
  } catch (error) {
    // What `use` did elsewhere speaks for itself.
    throw resultCodeOf(error) === undefined ? error : brokerError(error, file);
  } finally {
    database?.close();
  }
}
