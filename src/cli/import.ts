import { createReadStream, fstatSync } from "node:fs";
import { type ArchivedEntry, writeArchive } from "../broker/sqlite/archive.ts";
import { parseEntry } from "./archive-line.ts";
import type { Command } from "./command.ts";
import { FOLDER_OPTIONS, withFolder } from "./data-folder.ts";
import { Failure, UsageError } from "./failure.ts";
import { linesOf } from "./input-lines.ts";
import { readOptions } from "./options.ts";
import { Progress } from "./progress.ts";

const STANDARD_INPUT = 0;

export const importEntries: Command = {
  name: "import",
  operands: "",
  summary: "adds what was exported, from standard input, to its rooms; no server may be running",
  options: FOLDER_OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(FOLDER_OPTIONS, args, process.env);
    if (positionals.length > 0) throw new UsageError(`import reads standard input, and not "${positionals[0]}"`);
    const progress = new Progress("importing");
    const count = await withFolder(values, (folder) => writeArchive(folder, readEntries(progress))).finally(() =>
      progress.end(),
    );
    console.error(`${count} ${count === 1 ? "entry" : "entries"} imported`);
  },
};

/** Throws `Failure` for the first line that is none. */
async function* readEntries(progress: Progress): AsyncGenerator<ArchivedEntry> {
  const input = createReadStream("", { fd: STANDARD_INPUT, autoClose: false });
  // Of a pipe nobody knows how much is to come.
  const { size } = fstatSync(STANDARD_INPUT);
  let number = 0;
  for await (const line of linesOf(input)) {
    number += 1;
    if (line.trim() === "") continue;
    try {
      yield parseEntry(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new Failure(`nothing was imported, because of line ${number}: ${error.message}`);
    }
    if (size > 0) progress.show(input.bytesRead, size);
  }
}
