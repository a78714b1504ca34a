import { BrokerError } from "bowline";
import { Failure, UsageError } from "./failure.ts";
import type { Values } from "./options.ts";

export const DEFAULT_FOLDER = "./bowline-data";
export const IN_MEMORY = ":memory:";

/** Options of the commands that work on a data folder. */
export const FOLDER_OPTIONS = {
  data: { value: "FOLDER", summary: `the data folder; default ${DEFAULT_FOLDER}` },
};

/** Calls `use` with the folder that was given. Throws `UsageError`, and `Failure` for what is wrong with the folder. */
export async function withFolder<T>(
  { data = DEFAULT_FOLDER }: Values<typeof FOLDER_OPTIONS>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  if (data === IN_MEMORY) throw new UsageError(`--data is ${IN_MEMORY}, and should be a folder`);
  try {
    return await use(data);
  } catch (error) {
    throw error instanceof BrokerError ? new Failure(error.message) : error;
  }
}
