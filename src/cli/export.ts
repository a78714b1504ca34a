import { once } from "node:events";
import type { Entry } from "../broker/broker.ts";
import { readArchive } from "../broker/sqlite/archive.ts";
import { formatEntry } from "./archive-line.ts";
import type { Command } from "./command.ts";
import { FOLDER_OPTIONS, withFolder } from "./data-folder.ts";
import { UsageError } from "./failure.ts";
import { readOptions } from "./options.ts";
import { Progress } from "./progress.ts";

export const exportRoom: Command = {
  name: "export",
  operands: "ROOM",
  summary: "prints what was said in a room, a line of JSON each; a server may be running",
  options: FOLDER_OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(FOLDER_OPTIONS, args, process.env);
    const [room, extra] = positionals;
    if (room === undefined) throw new UsageError("export needs the name of a room");
    if (extra !== undefined) throw new UsageError(`export takes one room, and "${extra}" is a second one`);
    const progress = new Progress(`exporting ${room}`);
    const write = async (entries: readonly Entry[]): Promise<void> => {
      const lines = entries.map((entry) => formatEntry(room, entry)).join("");
      if (!process.stdout.write(lines)) await once(process.stdout, "drain");
    };
    try {
      await withFolder(values, (folder) => readArchive(folder, room, write, (done, all) => progress.show(done, all)));
    } finally {
      progress.end();
    }
  },
};
