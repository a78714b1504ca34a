import { type ClientSession, ConnectError, connect as openSession } from "bowline/client";
import type { Command } from "./command.ts";
import { Conversation } from "./conversation.ts";
import { Failure, UsageError } from "./failure.ts";
import { Line } from "./line.ts";
import { readOptions } from "./options.ts";
import { printable } from "./printable.ts";
import { readServerUrl } from "./server-url.ts";
import { openTerminal } from "./terminal.ts";
import { traceToStandardError } from "./trace.ts";

const PROTOCOL_ERROR = 1_002;
const DEFAULT_URL = "bowline://localhost:8000";

/** A plain server that was told goodbye may have nothing to say to it, or may not notice. */
const PLAIN_CLOSE_TIMEOUT_MS = 500;

const OPTIONS = {
  room: { value: "NAME", summary: "the room of the chat to enter; default lobby" },
  name: { value: "NICK", summary: "who to be in the chat; default a guest" },
  json: { summary: "messages are lines of JSON, those that are read and those that are printed" },
  trace: { summary: "tells on standard error what happens on the line" },
};

export const connect: Command = {
  name: "connect",
  operands: "[URL]",
  summary: 'talks to a server: a chat or any other; "bye" or Ctrl-D ends it',
  options: OPTIONS,
  async run(args) {
    const { values, positionals } = readOptions(OPTIONS, args, process.env);
    const [given, extra] = positionals;
    if (extra !== undefined) throw new UsageError(`connect talks to one server, and "${extra}" is a second one`);
    const url = readServerUrl(given ?? DEFAULT_URL).href;
    const trace = values.trace ? traceToStandardError() : () => {};
    const session = await open(url);
    const terminal = openTerminal();
    const line = new Line(url, session, terminal.isInteractive, trace);
    await new Conversation(line, terminal, values, trace).run();
  },
};

async function open(url: string): Promise<ClientSession> {
  const limits = /^(tcp|tls):\/\/[^/]/.test(url) ? { closeTimeoutMs: PLAIN_CLOSE_TIMEOUT_MS } : {};
  try {
    return await openSession(url, { limits });
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    // It said what cannot be a frame; or there was a connection, and it hung up, or kept silent.
    const isStranger = error.code === PROTOCOL_ERROR || (error.code === undefined && error.cause === undefined);
    throw new Failure(isStranger ? strangerAt(url) : printable(error.message));
  }
}

/** What a clause of the protocol says of a server that knows nothing of it helps nobody. */
function strangerAt(url: string): string {
  const { host, protocol } = new URL(url);
  const plain = /^(bowlines|wss|https):$/.test(protocol) ? "tls" : "tcp";
  return `nothing at ${url} answers as Bowline does: is it another server? ${plain}://${host} talks to any, line by line`;
}
