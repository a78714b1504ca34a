import { randomBytes } from "node:crypto";
import { BrokerError } from "../broker.ts";
import { bytesOf, type Database } from "./binding.ts";

/** "BOWL": tells the file from other programs' databases, also for `file(1)`. */
const APPLICATION_ID = 0x42_4f_57_4c;

/**
 * The steps from each version of the file to the next. Those that were released never change: what is different comes as
 * another step.
 *
 * An entry's id is its room's id, shifted left by 40 bits, and its offset: a room's entries lie side by side, in order.
 */
const MIGRATIONS = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE rooms (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL,
    head INTEGER NOT NULL,    -- offset of the newest entry
    trimmed INTEGER NOT NULL, -- offset of the newest entry that is gone
    bytes INTEGER NOT NULL,   -- of all entries, plain-text alternatives included
    indexed INTEGER NOT NULL  -- offset up to which entries are in the search index
  ) STRICT;

  CREATE TABLE entries (
    id INTEGER PRIMARY KEY,
    room INTEGER AS (id >> 40),
    "offset" INTEGER AS (id & 0xffffffffff),
    at INTEGER NOT NULL,      -- milliseconds since 1970
    payload ANY NOT NULL,     -- text, or bytes
    text TEXT                 -- what plain terminals show instead
  ) STRICT;

  -- What expires, in milliseconds since 1970.
  CREATE TABLE keys (id INTEGER PRIMARY KEY, uses TEXT NOT NULL, expires INTEGER NOT NULL) STRICT;
  CREATE TABLE sessions (id TEXT PRIMARY KEY, stored TEXT NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX sessions_by_expiry ON sessions (expires);

  -- The words of entries: rows have the ids of entries, and no contents.
  CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
  );
  `,
  // The words of entries that are gone stay, until so many are useless that all are taken up anew (docs/decisions/021).
  `
  DROP TABLE words;
  CREATE VIRTUAL TABLE words USING fts5 (
    text, content = '', columnsize = 0, tokenize = 'unicode61 remove_diacritics 2'
  );
  UPDATE rooms SET indexed = trimmed;
  `,
];

/** What a file holds besides rooms and sessions. */
export interface Identity {
  /** Rooms' epochs come from it. */
  readonly incarnation: Uint8Array;
  /** What clients carry is signed with it. */
  readonly signingKey: Uint8Array;
}

/** Throws `BrokerError` for a file that is none of ours, or that this version cannot read. Changes nothing. */
export function checkFormat(database: Database, file: string): void {
  const version = Number(pragma(database, "user_version"));
  const { tables } = database.prepare("SELECT count(*) AS tables FROM sqlite_schema").get() ?? {};
  if (tables !== 0 && pragma(database, "application_id") !== APPLICATION_ID) {
    throw new BrokerError(`${file} is another program's database: choose another folder`);
  }
  if (version > MIGRATIONS.length) {
    const formats = `its format is ${version}, and this version knows ${MIGRATIONS.length}`;
    throw new BrokerError(`${file} was written by a newer version of Bowline (${formats}): update Bowline`);
  }
}

/** Brings a file to the present version. It writes in any case: one that cannot be written to is found out now. */
export function migrate(database: Database): Identity {
  database.exec("BEGIN IMMEDIATE");
  const version = Number(pragma(database, "user_version"));
  for (const step of MIGRATIONS.slice(version)) database.exec(step);
  database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
  const identity = { incarnation: secret(database, "incarnation"), signingKey: secret(database, "signing key") };
  database.prepare("INSERT OR REPLACE INTO meta VALUES ('opened', ?)").run(new Date().toISOString());
  database.exec("COMMIT");
  return identity;
}

export function pragma(database: Database, name: string): unknown {
  const row = database.prepare(`PRAGMA ${name}`).all()[0];
  return Object.values(row ?? {})[0];
}

/** Random bytes, the same ever since the file was made. */
function secret(database: Database, name: string): Uint8Array {
  database.prepare("INSERT OR IGNORE INTO meta VALUES (?, ?)").run(name, randomBytes(32));
  const { value } = database.prepare("SELECT value FROM meta WHERE name = ?").get(name) ?? {};
  return Uint8Array.from(bytesOf(value));
}
