// A server whose handlers run in threads, and what it tells of them.

import { subscribe } from "node:diagnostics_channel";
import { type Diagnostic, type Metrics, type Server, serve, type ThreadOptions } from "bowline";
import { offer } from "../../programs/offer.ts";

/** What a test has to know of an event. */
export interface Seen {
  readonly name: Diagnostic["name"];
  readonly sessionId: string | undefined;
  readonly message: number | undefined;
  readonly why: string | undefined;
  readonly stack: string | undefined;
  readonly error: string | undefined;
}

const NAMES: readonly Diagnostic["name"][] = [
  "handler-error",
  "handler-stuck",
  "poison-message",
  "thread-ended",
  "threads-failing",
];
const seen: Seen[] = [];
for (const name of NAMES) {
  subscribe(`bowline:${name}`, (event) => {
    const { sessionId, message, why, stack, error } = event as Seen;
    seen.push({ name, sessionId, message, why, stack, error: error === undefined ? undefined : String(error) });
  });
}

let server: Server;

const functions = {
  async start(handler: string, options: Omit<ThreadOptions, "handler">): Promise<number> {
    server = await serve({ port: 0, ...options, handler: new URL(handler) });
    return server.address.port;
  },
  events: () => seen.splice(0),
  metrics: (): Metrics => server.metrics(),
  log: async () => (await server.room("log").history({ limit: 1_000_000 })).map((entry) => entry.text()),
  async close(): Promise<void> {
    await server.close({ drainTimeoutMs: 1_000 });
  },
};
export type ThreadedServer = typeof functions;

offer(functions);
