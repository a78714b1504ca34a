import type { Emit } from "../runtime/ports.ts";
import type { Limits } from "../session/limits.ts";
import { Link } from "./link.ts";
import { MemoryFrameConnection } from "./memory-frame-connection.ts";
import { MemoryLineConnection } from "./memory-line-connection.ts";
import type { NetworkConditions } from "./pipe.ts";
import { PlainClientEnd } from "./plain-client-end.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { ServerRun } from "./server-run.ts";
import type { VirtualClock } from "./virtual-clock.ts";

export const FAIR_WEATHER: NetworkConditions = { latencyMs: [0.5, 3], splitChance: 0.1, bufferBytes: 64 * 1024 };

/** The way to the server, if there is one. */
export class Network {
  readonly clock: VirtualClock;
  readonly random: SeededRandom;
  readonly emit: Emit;
  conditions: NetworkConditions;
  /** The process that listens now. */
  listener: ServerRun | undefined;
  readonly #limits: Limits;
  readonly #links = new Set<Link>();

  constructor(clock: VirtualClock, random: SeededRandom, conditions: NetworkConditions, limits: Limits, emit: Emit) {
    this.clock = clock;
    this.random = random;
    this.conditions = conditions;
    this.#limits = limits;
    this.emit = emit;
  }

  /** Makes a connection that carries frames. Rejects when nobody listens, or when the way is barred. */
  async dial(address: string, isOpen: () => boolean): Promise<Link<MemoryFrameConnection>> {
    const run = await this.#reach(isOpen);
    const link = new Link(this.clock, this.random, this.conditions, {
      client: (pipe) => new MemoryFrameConnection(pipe, this.clock, this.#limits),
      server: (pipe) => new MemoryFrameConnection(pipe, this.clock, this.#limits),
    });
    this.#add(link);
    run.accept(link.server, { address, form: "bowline", secure: false, headers: {} });
    return link;
  }

  /** Makes a connection that carries plain lines. */
  async dialPlain(address: string): Promise<Link<PlainClientEnd>> {
    const run = await this.#reach(() => true);
    const link = new Link(this.clock, this.random, this.conditions, {
      client: (pipe) => new PlainClientEnd(pipe, this.clock),
      server: (pipe) => new MemoryLineConnection(pipe, this.clock, this.#limits),
    });
    this.#add(link);
    run.acceptPlain(link.server, { address, form: "lines", secure: false, headers: {} });
    return link;
  }

  async #reach(isOpen: () => boolean): Promise<ServerRun> {
    const [least, most] = this.conditions.latencyMs;
    await this.clock.sleep(this.random.between(least, most));
    if (this.listener === undefined || !isOpen()) throw new Error("nobody listens there");
    return this.listener;
  }

  #add(link: Link): void {
    for (const old of this.#links) if (!old.isUp) this.#links.delete(old);
    this.#links.add(link);
  }

  /** Cuts every connection; clients notice after at most so long. */
  cutAll(noticeWithinMs: number): void {
    for (const link of this.#links) link.cut({ clientAfterMs: this.random.between(0, noticeWithinMs) });
    this.#links.clear();
  }
}
