import type { Side } from "../../src/testing/link.ts";
import type { SimulatedClient } from "./simulated-client.ts";
import type { Stage } from "./stage.ts";

/** Faults come this long after each other. */
const INTERVAL_MS = [1, 13] as const;
const MOST_CLIENTS = 12;

/** Everything that goes wrong, as the seed has it. */
export class Faults {
  readonly #stage: Stage;
  readonly #clients: readonly SimulatedClient[];
  readonly #bring: (client: SimulatedClient | undefined) => void;
  /** How often each happens beside the others, and what it does. */
  readonly #faults: readonly (readonly [weight: number, strike: (client: SimulatedClient) => void])[];
  readonly #weight: number;
  /** How many there have been. */
  count = 0;

  /** `bring` makes a client appear, or a new one. */
  constructor(stage: Stage, clients: readonly SimulatedClient[], bring: (client: SimulatedClient | undefined) => void) {
    this.#stage = stage;
    this.#clients = clients;
    this.#bring = bring;
    const { world } = stage;
    this.#faults = [
      [30, (client) => this.#cut(client)],
      [12, (client) => client.line.cutAfterBytes(stage.random.integer(0, 200), this.#side())],
      [8, (client) => client.line.halfOpen()],
      [8, (client) => client.line.stall(stage.random.between(5, 60), this.#side())],
      [6, (client) => this.#freeze(client)],
      [6, (client) => this.#goOffline(client)],
      [4, () => this.#turnWallClock()],
      [world.kills ? 6 : 0, () => this.#kill()],
      [world.restarts ? 14 : 0, () => this.#restartHandler()],
      [world.clones ? 4 : 0, (client) => this.#clone(client)],
      [world.kick ? 3 : 0, () => this.#kick()],
      [world.drains ? 3 : 0, () => this.#drain()],
    ];
    this.#weight = this.#faults.reduce((sum, [weight]) => sum + weight, 0);
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
    let left = this.#stage.random.between(0, this.#weight);
    for (const [weight, strike] of this.#faults) {
      left -= weight;
      if (left >= 0) continue;
      strike(client);
      return;
    }
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
    const { random, server, world, limits } = this.#stage;
    client.line.goOffline();
    const mostMs = world.expires ? 3 * limits.resumeWindowMs : 60;
    server.clock.setTimer(() => client.line.goOnline(), random.between(10, mostMs));
  }

  /** Somebody sets the server's clock: tokens grow older, or younger. */
  #turnWallClock(): void {
    const { random, server, limits } = this.#stage;
    server.wallClockSkewMs = random.between(-0.2, 0.2) * limits.resumeWindowMs;
  }

  #kill(): void {
    const { random, server, slowness } = this.#stage;
    if (server.run.isDead) return;
    server.kill(10);
    slowness.kill();
    server.clock.setTimer(() => server.restart(), random.between(1, 30));
  }

  /** In order; or, when that takes too long, as far as it got. */
  #drain(): void {
    const { random, server } = this.#stage;
    const { run } = server;
    if (run.isDead || run.server.isDraining) return;
    void server.stop(random.between(20, 200)).then(() => {
      server.clock.setTimer(() => server.restart(), random.between(1, 30));
    });
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
    const { server, truth, world, limits } = this.#stage;
    const { windowMessages, sessionWindowBytes } = limits;
    for (const { id, inbox, sent, acknowledged, outlet, isEnding } of server.run.server.sessions) {
      if (inbox.length > windowMessages) truth.violations.add("a receive queue is above its window", id);
      // Replies wait for no window, and at the end nothing does.
      if (!world.requests && !isEnding && sent - acknowledged > windowMessages) {
        truth.violations.add("a send queue is above its window", `${id}: ${sent - acknowledged}`);
      }
      if ((outlet?.backlogBytes ?? 0) > 2 * sessionWindowBytes) {
        truth.violations.add("a frozen reader costs more than its window", `${id}: ${outlet?.backlogBytes}`);
      }
    }
  }

  /** The network is well from now on. */
  heal(): void {
    for (const { line } of this.#clients) {
      line.thaw();
      line.goOnline();
      for (const side of ["client", "server"] as const) line.cutAfterBytes(Number.POSITIVE_INFINITY, side);
    }
  }
}
