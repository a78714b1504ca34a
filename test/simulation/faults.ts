import type { Side } from "../../src/testing/link.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import type { Simulation } from "./simulation.ts";

/** Faults come this long after each other. */
const INTERVAL_MS = [1, 15] as const;
const MOST_CLIENTS = 12;

/** Everything that goes wrong, as the seed has it. */
export class Faults {
  readonly #simulation: Simulation;
  /** How many there have been. */
  count = 0;

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
  }

  begin(): void {
    const { server, random } = this.#simulation;
    server.clock.setTimer(() => this.#next(), random.between(...INTERVAL_MS));
  }

  #next(): void {
    const { server, random, clients, isHealed } = this.#simulation;
    if (isHealed) return;
    this.count += 1;
    const client = random.pick(clients.filter(({ info }) => info === undefined));
    if (client === undefined || clients.filter(({ info }) => info === undefined).length < 2) this.#bringAnother();
    if (client !== undefined) this.#hit(client);
    this.#checkBounds();
    server.clock.setTimer(() => this.#next(), random.between(...INTERVAL_MS));
  }

  #bringAnother(): void {
    if (this.#simulation.clients.length < MOST_CLIENTS) this.#simulation.newClient();
  }

  #hit(client: SimulatedClient): void {
    const { random, world } = this.#simulation;
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
    return this.#simulation.random.chance(0.5) ? "client" : "server";
  }

  #cut(client: SimulatedClient): void {
    const { random } = this.#simulation;
    const serverAfterMs = random.chance(0.5) ? random.between(0, 5) : random.between(30, 120);
    client.line.cut({ clientAfterMs: random.between(0, 20), serverAfterMs });
  }

  #freeze(client: SimulatedClient): void {
    const { random, server } = this.#simulation;
    client.line.freeze();
    server.clock.setTimer(() => client.line.thaw(), random.between(10, 80));
  }

  #goOffline(client: SimulatedClient): void {
    const { random, server } = this.#simulation;
    client.line.goOffline();
    server.clock.setTimer(() => client.line.goOnline(), random.between(10, 60));
  }

  #kill(): void {
    const { random, server, store, log } = this.#simulation;
    if (server.run.isDead) return;
    server.kill(10);
    store.kill();
    log.kill();
    server.clock.setTimer(() => server.restart(), random.between(1, 30));
  }

  #restartHandler(): void {
    const { random, server } = this.#simulation;
    const session = random.pick([...server.run.server.sessions]);
    if (session !== undefined) server.run.restartHandler(session.id);
  }

  #clone(client: SimulatedClient): void {
    if (client.store === undefined || client.store.isEmpty || this.#simulation.clients.length >= MOST_CLIENTS) return;
    this.#simulation.add(client.copy());
  }

  #kick(): void {
    const { random, server } = this.#simulation;
    const session = random.pick([...server.run.server.sessions]);
    if (session !== undefined) server.run.server.kick(session.id, "out");
  }

  /** Every queue is within its limit, always. */
  #checkBounds(): void {
    const { server, truth, limits } = this.#simulation;
    for (const core of server.run.server.sessions) {
      if (core.inbox.length > limits.windowMessages) truth.violations.add("receive queue above window", core.id);
    }
  }

  /** The network is well from now on. */
  heal(): void {
    for (const { line } of this.#simulation.clients) {
      line.thaw();
      line.goOnline();
    }
  }
}
