import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import type { Handler } from "bowline";
import type { Command } from "./command.ts";
import { Failure, systemReason, UsageError } from "./failure.ts";
import { readOptions } from "./options.ts";
import { addressesOf, runServer } from "./running-server.ts";
import { SERVER_OPTIONS, serverOptionsFrom } from "./server-options.ts";

export const serve: Command = {
  name: "serve",
  operands: "MODULE",
  summary: "runs your own handler: the module's default export, a function of a session",
  options: SERVER_OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(SERVER_OPTIONS, args, process.env);
    const [file, extra] = positionals;
    if (file === undefined) throw new UsageError("serve needs the module whose default export is the handler");
    if (extra !== undefined) throw new UsageError(`serve runs one module, and "${extra}" is a second one`);
    const options = await serverOptionsFrom(values);
    await runServer(options, await loadHandler(file), (server) => {
      const [address] = addressesOf(server);
      return `\n  ${file} is served on ${address}:${server.address.port}. Ctrl-C stops it.\n\n`;
    });
  },
};

async function loadHandler(file: string): Promise<Handler> {
  const path = resolve(file);
  await stat(path).catch((error: unknown) => {
    throw new Failure(`${file} cannot be run: ${systemReason(error)}`);
  });
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    throw new Failure(whyNotLoaded(file, error));
  }
  if (typeof module.default !== "function") {
    throw new Failure(`${file} has no function as its default export; write: export default async (session) => { … }`);
  }
  return module.default as Handler;
}

function whyNotLoaded(file: string, error: unknown): string {
  if ((error as NodeJS.ErrnoException).code === "ERR_UNKNOWN_FILE_EXTENSION" && /\.[cm]?ts$/.test(file)) {
    return `${file} is TypeScript, which Node runs from version 22.18 on, and this is ${process.version}: compile it first`;
  }
  // The module is the user's: where it fails is what they need to know.
  return `${file} cannot be loaded:\n${inspect(error)}`;
}
