// A server that writes down what it handles before it answers: what it had done when it was killed can be read.

import { openSync, writeSync } from "node:fs";
import { type ServeOptions, type Server, serve } from "bowline";
import { offer } from "../../programs/offer.ts";

const [logFile = ""] = process.argv.slice(2);
const log = openSync(logFile, "a");
let server: Server;

const functions = {
  async start(options: ServeOptions): Promise<number> {
    server = await serve(options, async (session) => {
      const hall = await session.join("hall");
      for await (const message of session) {
        writeSync(log, `${process.pid} ${session.id} ${message.sequence} ${message.text()}\n`);
        await hall.send(message.text());
        await session.send(message.text());
      }
    });
    return server.address.port;
  },

  /** Stops it in order. */
  stop: () => server.close(),
};
export type LoggingServer = typeof functions;

offer(functions);
