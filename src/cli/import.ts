import { createReadStream, fstatSync } from "node:fs";
import { DEFAULT_LIMITS } from "bowline";
import { type ArchivedEntry, writeArchive } from "../broker/sqlite/archive.ts";
import { parseEntry } from "./archive-line.ts";
import type { Command } from "./command.ts";
import { FOLDER_OPTIONS, withFolder } from "./data-folder.ts";
import { Failure, UsageError } from "./failure.ts";
import { linesOf } from "./input-lines.ts";
import { readOptions } from "./options.ts";
import { Progress } from "./progress.ts";

const STANDARD_INPUT = 0;

const OPTIONS = {
  ...FOLDER_OPTIONS,
  "max-message-bytes": {
    value: "BYTES",
    summary: `the server's maxMessageBytes; default ${DEFAULT_LIMITS.maxMessageBytes}; a larger entry is refused`,
  },
};

export const importEntries: Command = {
  name: "import",
  operands: "",
  summary: "adds what was exported, from standard input, to its rooms; no server may be running",
  options: OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(OPTIONS, args, process.env);
    if (positionals.length > 0) throw new UsageError(`import reads standard input, and not "${positionals[0]}"`);
    const maxMessageBytes = readBytes(values["max-message-bytes"]);
    const progress = new Progress("importing");
    const entries = readEntries(maxMessageBytes, progress);
    const count = await withFolder(values, (folder) => writeArchive(folder, entries)).finally(() => progress.end());
    console.error(`${count} ${count === 1 ? "entry" : "entries"} imported`);
  },
};

function readBytes(text = `${DEFAULT_LIMITS.maxMessageBytes}`): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new UsageError(`--max-message-bytes is ${text}, and should be a number of bytes`);
}

/** Throws `Failure` for the first line that is none. */
async function* readEntries(maxMessageBytes: number, progress: Progress): AsyncGenerator<ArchivedEntry> {
  const input = createReadStream("", { fd: STANDARD_INPUT, autoClose: false });
  // Of a pipe nobody knows how much is to come.
  const { size } = fstatSync(STANDARD_INPUT);
  let number = 0;
  for await (const line of linesOf(input)) {
    number += 1;
    if (line.trim() === "") continue;
    try {
      yield parseEntry(line, maxMessageBytes);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      throw new Failure(`nothing was imported, because of line ${number}: ${error.message}`);
    }
    if (size > 0) progress.show(input.bytesRead, size);
  }
}
