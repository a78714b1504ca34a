// A server whose handlers run in threads, and what it tells of them.

import { subscribe } from "node:diagnostics_channel";
import { type Diagnostic, type Metrics, memory, type Server, serve, type ThreadOptions } from "bowline";
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
    const broker = memory({ retention: { maxEntries: 1_000_000 } });
    server = await serve({ port: 0, broker, ...options, handler: new URL(handler) });
    return server.address.port;
  },
  events: () => seen.splice(0),
  metrics: (): Metrics => server.metrics(),
  async log(): Promise<string[]> {
    const texts: string[] = [];
    for (let after = 0; ; ) {
      const page = await server.room("log").history({ after, limit: 10_000 });
      texts.push(...page.map((entry) => entry.text()));
      const last = page.at(-1);
      if (last === undefined) return texts;
      after = last.offset;
    }
  },
  async close(): Promise<void> {
    await server.close({ drainTimeoutMs: 1_000 });
  },
};
export type ThreadedServer = typeof functions;

offer(functions);
