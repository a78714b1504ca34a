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
    const write = (entries: readonly Entry[]): Promise<void> =>
      writeOut(entries.map((entry) => formatEntry(room, entry)).join(""));
    try {
      await withFolder(values, (folder) => readArchive(folder, room, write, (done, all) => progress.show(done, all)));
    } catch (error) {
      // Whoever reads has read enough.
      if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
    } finally {
      progress.end();
    }
  },
};

/** Resolves when it is written. */
function writeOut(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The stream tells of an error twice, and ends the process when nobody listens.
    process.stdout.once("error", reject);
    process.stdout.write(text, (error) => {
      if (error instanceof Error) return;
      process.stdout.off("error", reject);
      resolve();
    });
  });
}
