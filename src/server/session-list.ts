import type { ServerSession } from "../runtime/public-sessions.ts";
import { ServerSessionRun } from "../runtime/server-session.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** The sessions of a server, as they are at the moment. */
export class SessionList implements Iterable<ServerSession> {
  readonly #registry: SessionRegistry;

  constructor(registry: SessionRegistry) {
    this.#registry = registry;
  }

  /** How many there are, those included whose client is away. */
  get size(): number {
    return this.#registry.size;
  }

  /** The session with this id; `undefined` when there is none, or none any more. */
  get(id: string): ServerSession | undefined {
    const run = this.#registry.get(id)?.run;
    return run instanceof ServerSessionRun ? run : undefined;
  }

  *[Symbol.iterator](): Iterator<ServerSession> {
    for (const { run } of this.#registry.sessions) if (run instanceof ServerSessionRun) yield run;
  }
}
