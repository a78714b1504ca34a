import type { Server } from "bowline";
import { openChat } from "../chat/handler.ts";
import { openPage } from "../chat/page.ts";
import type { Command } from "./command.ts";
import { Failure, UsageError } from "./failure.ts";
import { readOptions } from "./options.ts";
import { addressesOf, runServer } from "./running-server.ts";
import { SERVER_OPTIONS, serverOptionsFrom } from "./server-options.ts";

/** More than people type, and than most scripts have to say; less than what would drown a room. */
const MESSAGES_PER_SECOND = 100;

export const chat: Command = {
  name: "chat",
  operands: "",
  summary: "runs a chat: a page, and rooms that terminals and programs share with it",
  options: SERVER_OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(SERVER_OPTIONS, args, process.env);
    if (positionals.length > 0) throw new UsageError(`chat takes options alone, and not "${positionals[0]}"`);
    const options = await serverOptionsFrom(values);
    const fetch = await openPage().catch((error: unknown) => {
      throw new Failure(`the chat's page cannot be read; "npm run build" makes it (${(error as Error).message})`);
    });
    const limits = { messagesPerSecond: MESSAGES_PER_SECOND };
    const durable = options.broker.outlivesServer;
    const { handler, onpresence } = openChat();
    await runServer({ ...options, handler, durable, limits, fetch, onpresence }, (server) =>
      announcement(server, options.tls),
    );
  },
};

function announcement(server: Server, tls: unknown): string {
  const { port } = server.address;
  const addresses = addressesOf(server);
  const [first] = addresses;
  const pages = addresses.map((address) => `${tls === undefined ? "http" : "https"}://${hostPart(address)}:${port}/`);
  const url = tls === undefined ? `bowline://${first}:${port}` : `bowlines://${first}:${port}`;
  return `
  The chat is open. Talk to it

    in a browser      ${pages.join("\n                      ")}
    in a terminal     npx bowline connect ${url}
    or in any other   nc ${first} ${port}

  Ctrl-C stops it.

`;
}

/** An address as it stands in a URL. */
function hostPart(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
