import { backUp } from "../broker/sqlite/backup.ts";
import type { Command } from "./command.ts";
import { FOLDER_OPTIONS, withFolder } from "./data-folder.ts";
import { UsageError } from "./failure.ts";
import { readOptions } from "./options.ts";

export const backup: Command = {
  name: "backup",
  operands: "FILE",
  summary: "writes all rooms, as they are now, to a file; a server may be running",
  options: FOLDER_OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(FOLDER_OPTIONS, args, process.env);
    const [file, extra] = positionals;
    if (file === undefined) throw new UsageError("backup needs the name of a file");
    if (extra !== undefined) throw new UsageError(`backup writes one file, and "${extra}" is a second one`);
    await withFolder(values, (folder) => backUp(folder, file));
  },
};
