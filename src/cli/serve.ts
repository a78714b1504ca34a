import { HandlerModuleError, type Server } from "bowline";
import type { Command } from "./command.ts";
import { UsageError } from "./failure.ts";
import { handlerUrl, loadHandler, whyNoHandler } from "./handler-module.ts";
import { readOptions } from "./options.ts";
import { addressesOf, runServer } from "./running-server.ts";
import { readThreads, SERVER_OPTIONS, serverOptionsFrom, THREAD_OPTIONS } from "./server-options.ts";

const OPTIONS = { ...SERVER_OPTIONS, ...THREAD_OPTIONS };

export const serve: Command = {
  name: "serve",
  operands: "MODULE",
  summary: "runs your own handler: the module's default export, a function of a session",
  options: OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(OPTIONS, args, process.env);
    const [file, extra] = positionals;
    if (file === undefined) throw new UsageError("serve needs the module whose default export is the handler");
    if (extra !== undefined) throw new UsageError(`serve runs one module, and "${extra}" is a second one`);
    const { threads, ...rest } = values;
    const options = await serverOptionsFrom(rest);
    const announce = (server: Server): string => {
      const [address] = addressesOf(server);
      return `\n  ${file} is served on ${address}:${server.address.port}. Ctrl-C stops it.\n\n`;
    };
    const count = readThreads(threads);
    const url = await handlerUrl(file);
    try {
      if (count > 0) return await runServer({ ...options, handler: url, threads: count }, announce);
    } catch (error) {
      if (!(error instanceof HandlerModuleError)) throw error;
      // Who listens to presence shares the server's own thread, unless somebody has asked for others.
      if (!error.listensToPresence || threads !== undefined) throw whyNoHandler(file, url, error);
    }
    await runServer({ ...options, ...(await loadHandler(file)) }, announce);
  },
};
