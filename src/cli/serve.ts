import type { Command } from "./command.ts";
import { UsageError } from "./failure.ts";
import { loadHandler } from "./handler-module.ts";
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
    const { handler, onpresence } = await loadHandler(file);
    await runServer({ ...options, onpresence }, handler, (server) => {
      const [address] = addressesOf(server);
      return `\n  ${file} is served on ${address}:${server.address.port}. Ctrl-C stops it.\n\n`;
    });
  },
};
