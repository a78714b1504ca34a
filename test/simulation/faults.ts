import type { Side } from "../../src/testing/link.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import { LIMITS, type Stage } from "./stage.ts";

/** Faults come this long after each other. */
const INTERVAL_MS = [1, 15] as const;
const MOST_CLIENTS = 12;

/** Everything that goes wrong, as the seed has it. */
export class Faults {
  readonly #stage: Stage;
  readonly #clients: readonly SimulatedClient[];
  readonly #bring: (client: SimulatedClient | undefined) => void;
  /** How many there have been. */
  count = 0;

  /** `bring` makes a client appear, or a new one. */
  constructor(stage: Stage, clients: readonly SimulatedClient[], bring: (client: SimulatedClient | undefined) => void) {
    this.#stage = stage;
    this.#clients = clients;
    this.#bring = bring;
  }

  begin(): void {
    const { server, random } = this.#stage;
    server.clock.setTimer(() => this.#next(), random.between(...INTERVAL_MS));
  }

  #next(): void {
    const { server, random, isHealed } = this.#stage;
    if (isHealed) return;
    this.count += 1;
    const living = this.#clients.filter(({ info }) => info === undefined);
    const client = random.pick(living);
    if (living.length < 2 && this.#clients.length < MOST_CLIENTS) this.#bring(undefined);
    if (client !== undefined) this.#hit(client);
    this.#checkBounds();
    server.clock.setTimer(() => this.#next(), random.between(...INTERVAL_MS));
  }

  #hit(client: SimulatedClient): void {
    const { random, world } = this.#stage;
    const x = random.fraction();
    if (x < 0.3) this.#cut(client);
    else if (x < 0.42) client.line.cutAfterBytes(random.integer(0, 200), this.#side());
    else if (x < 0.5) client.line.halfOpen();
    else if (x < 0.58) client.line.stall(random.between(5, 60), this.#side());
    else if (x < 0.64) this.#freeze(client);
    else if (x < 0.7) this.#goOffline(client);
    else if (x < 0.76) world.kills && this.#kill();
    else if (x < 0.9) world.restarts && this.#restartHandler();
    else if (x < 0.94) world.clones && this.#clone(client);
    else if (x < 0.97) world.kick && this.#kick();
  }

  #side(): Side {
    return this.#stage.random.chance(0.5) ? "client" : "server";
  }

  #cut(client: SimulatedClient): void {
    const { random } = this.#stage;
    const serverAfterMs = random.chance(0.5) ? random.between(0, 5) : random.between(30, 120);
    client.line.cut({ clientAfterMs: random.between(0, 20), serverAfterMs });
  }

  #freeze(client: SimulatedClient): void {
    const { random, server } = this.#stage;
    client.line.freeze();
    server.clock.setTimer(() => client.line.thaw(), random.between(10, 80));
  }

  #goOffline(client: SimulatedClient): void {
    const { random, server } = this.#stage;
    client.line.goOffline();
    server.clock.setTimer(() => client.line.goOnline(), random.between(10, 60));
  }

  #kill(): void {
    const { random, server, slowness } = this.#stage;
    if (server.run.isDead) return;
    server.kill(10);
    slowness.kill();
    server.clock.setTimer(() => server.restart(), random.between(1, 30));
  }

  #restartHandler(): void {
    const { random, server } = this.#stage;
    const session = random.pick([...server.run.server.sessions]);
    if (session !== undefined) server.run.restartHandler(session.id);
  }

  #clone(client: SimulatedClient): void {
    if (client.store === undefined || client.store.isEmpty || this.#clients.length >= MOST_CLIENTS) return;
    this.#bring(client.copy());
  }

  #kick(): void {
    const { random, server } = this.#stage;
    const session = random.pick([...server.run.server.sessions]);
    if (session !== undefined) server.run.server.kick(session.id, "out");
  }

  /** Every queue is within its limit, always. */
  #checkBounds(): void {
    const { server, truth } = this.#stage;
    for (const core of server.run.server.sessions) {
      if (core.inbox.length > LIMITS.windowMessages) truth.violations.add("receive queue above window", core.id);
    }
  }

  /** The network is well from now on. */
  heal(): void {
    for (const { line } of this.#clients) {
      line.thaw();
      line.goOnline();
    }
  }
}
