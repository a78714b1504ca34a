import { networkInterfaces } from "node:os";
import {
  BrokerError,
  type Handler,
  ListenError,
  type ServeOptions,
  type Server,
  serve,
  type ThreadOptions,
} from "bowline";
import type { Logger } from "pino";
import { Failure } from "./failure.ts";
import { openLog } from "./log.ts";
import type { ServerOptions } from "./server-options.ts";

/** A server to be run: its handler, or the URL of its module. */
type Runnable = ServeOptions & ServerOptions & Omit<ThreadOptions, "handler"> & { readonly handler: Handler | URL };

/** Runs a server, and its broker, until somebody stops it: a first signal drains it, a second one forces it. */
export async function runServer(options: Runnable, announce: (server: Server) => string): Promise<void> {
  const log = openLog();
  const server = await start({ ...options, catchUnhandled: true });
  const { address, port } = server.address;
  log.info({ address, port }, "listening");
  process.stdout.write(process.stdout.isTTY ? announce(server) : `listening on port ${port}\n`);
  await stopped(server, log);
  await options.broker.close();
}

async function start({ handler, ...options }: Runnable): Promise<Server> {
  try {
    return handler instanceof URL ? await serve({ ...options, handler }) : await serve(options, handler);
  } catch (error) {
    throw error instanceof ListenError || error instanceof BrokerError ? new Failure(error.message) : error;
  }
}

async function stopped(server: Server, log: Logger): Promise<void> {
  const stop = (signal: NodeJS.Signals): void => {
    log.info({ signal, sessions: server.sessions.size }, "stopping; once more forces it");
    for (const each of SIGNALS) process.off(each, stop).once(each, force);
    void server.close();
  };
  const force = (signal: NodeJS.Signals): void => {
    log.warn({ signal }, "forced to stop");
    process.exit(1);
  };
  for (const signal of SIGNALS) process.once(signal, stop);
  await server.closed;
  for (const signal of SIGNALS) process.off(signal, stop).off(signal, force);
  log.info("stopped");
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The addresses under which a server can be reached, the nearest first. */
export function addressesOf(server: Server): readonly string[] {
  const { address } = server.address;
  if (address === "127.0.0.1" || address === "::1") return ["localhost"];
  if (address !== "0.0.0.0" && address !== "::") return [address];
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal);
  return ["localhost", ...others.map((each) => each.address)];
}
