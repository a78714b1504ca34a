import { closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { BrokerError } from "../broker.ts";
import { type Database, loadBinding, resultCodeOf } from "./binding.ts";
import { brokerError } from "./faults.ts";
import { checkFormat, type Identity, migrate, pragma } from "./schema.ts";

/** A server that is being restarted may find its predecessor still on the way out. */
const LOCK_TIMEOUT_MS = 2_000;
/** Whoever looks at the file with another program may hold it for a moment. */
export const BUSY_TIMEOUT_MS = 5_000;
const CACHE_KIB = 32_768;
/** What the write-ahead log is cut back to after it had to grow. */
const MAX_IDLE_LOG_BYTES = 64 * 1_024 * 1_024;
const SQLITE_BUSY = 5;

/** A data folder that belongs to this process until it is closed. */
export interface DataFolder {
  readonly file: string;
  readonly database: Database;
  readonly identity: Identity;
  close(): void;
}

/** Opens a data folder, and makes what is missing. Throws `BrokerError`, whose message says what to do. */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  const Binding = await loadBinding();
  const opened: Database[] = [];
  const open = (file: string): Database => {
    createPrivate(file);
    const database = new Binding(file);
    opened.unshift(database);
    return database;
  };
  const close = (): void => {
    for (const database of opened) database.close();
  };
  const file = join(folder, "bowline.db");
  try {
    makeFolder(folder);
    lock(open(join(folder, "bowline.lock")), folder);
    const database = open(file);
    checkFormat(database, file);
    configure(database);
    return { file, database, identity: migrate(database), close };
  } catch (error) {
    close();
    throw brokerError(error, file);
  }
}

function makeFolder(folder: string): void {
  try {
    makeFolders(resolve(folder));
  } catch (error) {
    throw brokerError(error, folder);
  }
}

/** Node's own `recursive` tries for ever where the system has no place for a folder, as under `/proc`. */
function makeFolders(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && statSync(folder).isDirectory()) return;
    const parent = dirname(folder);
    if (code !== "ENOENT" || existsSync(parent)) throw error;
    makeFolders(parent);
    makeFolders(folder);
  }
}

/** SQLite gives its other files the permissions of this one. */
function createPrivate(file: string): void {
  try {
    closeSync(openSync(file, "wx", 0o600));
  } catch (error) {
    // One that is there is not touched: closing a file gives up the locks that this process has on it.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw brokerError(error, file);
  }
}

/**
 * Only one process may have the folder: it is told apart by a lock of the operating system's on an empty file, which ends
 * with the process, however that ends.
 */
function lock(database: Database, folder: string): void {
  const pidFile = join(folder, "bowline.pid");
  database.exec(`PRAGMA busy_timeout = ${LOCK_TIMEOUT_MS}`);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    if (resultCodeOf(error) !== SQLITE_BUSY) throw error;
    const holder = readPid(pidFile);
    throw new BrokerError(`${folder} is in use by process ${holder}: stop that one, or give this one another folder`);
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
}

function readPid(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    return "(unknown)";
  }
}

function configure(database: Database): void {
  database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
  pragma(database, "journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  pragma(database, `journal_size_limit = ${MAX_IDLE_LOG_BYTES}`);
}
