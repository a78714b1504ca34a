import type { Room } from "../../src/runtime/room.ts";
import { resolveLimits } from "../../src/session/limits.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { TestServer } from "../../src/testing/test-server.ts";
import { converse, type Task } from "./conversation.ts";
import { Faults } from "./faults.ts";
import { FaultyStore } from "./faulty-store.ts";
import { judge } from "./promises.ts";
import { RoomLog, roomsOver } from "./room-log.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { Truth } from "./truth.ts";
import type { Violations } from "./violations.ts";
import type { World } from "./worlds.ts";

/** How long things go wrong, and how long everything then has to come right again. */
const TROUBLE_MS = 1_500;
const HEALING_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** Everything scaled down, so that windows fill and timeouts pass within one run. */
const LIMITS = {
  windowMessages: 8,
  windowBytes: 2_000,
  sessionWindowBytes: 8_000,
  ackDelayMs: 2,
  openTimeoutMs: 25,
  heartbeatMs: 60,
  closeTimeoutMs: 60,
  resumeWindowMs: 20_000,
  requestTimeoutMs: 60_000,
} as const;

const CLIENTS = 3;

/** One world, one seed: clients, a server and everything that goes wrong between them. */
export class Simulation {
  readonly world: World;
  readonly random: SeededRandom;
  readonly server: TestServer;
  readonly store: FaultyStore;
  readonly log: RoomLog;
  readonly truth = new Truth();
  readonly clients: SimulatedClient[] = [];
  readonly limits = LIMITS;
  isHealed = false;
  #ticks = 0;

  private constructor(world: World, seed: number) {
    this.world = world;
    this.random = new SeededRandom(seed * 7919 + 1);
    const server: TestServer = new TestServer((session) => converse(this, session), {
      seed,
      limits: LIMITS,
      durable: world.durable,
      store: {
        get: (id) => this.store.get(id),
        put: (id, stored, keepMs) => this.store.put(id, stored, keepMs),
        delete: (id) => this.store.delete(id),
      },
      rooms: (run) => roomsOver(() => this.log, run),
      network: { splitChance: 0.3 },
    });
    this.server = server;
    this.store = new FaultyStore(server.clock, this.random, (id) => this.truth.ended.add(id));
    this.log = new RoomLog(server.clock, this.random);
  }

  /** Runs a world from a seed and gives the promises that were broken. */
  static async run(world: World, seed: number): Promise<Violations> {
    const simulation = new Simulation(world, seed);
    await simulation.#play();
    return judge(simulation);
  }

  async #play(): Promise<void> {
    const { server, world } = this;
    resolveLimits(LIMITS);
    if (world.storeFailures) this.store.failures = 0.05;
    for (let index = 0; index < CLIENTS; index += 1) this.newClient();
    const faults = new Faults(this);
    faults.begin();
    await server.advance(TROUBLE_MS);
    this.isHealed = true;
    this.store.failures = 0;
    faults.heal();
    const deadline = server.now + HEALING_MS;
    while (server.now < deadline && !this.#isQuiet()) await server.advance(LOOK_EVERY_MS);
    await server.advance(4 * LOOK_EVERY_MS);
    this.truth.note(server.diagnostics);
  }

  newClient(): void {
    const { random, world } = this;
    const isShort = world.bye || world.hangUp || world.kick;
    const total = isShort ? random.integer(5, 25) : random.integer(20, 100);
    this.add(new SimulatedClient(this, `c${this.clients.length}`, total));
  }

  add(client: SimulatedClient): void {
    this.clients.push(client);
    void client.start();
  }

  task(from: string, number: number, isFinal: boolean): Task {
    const { random, world } = this;
    return {
      from,
      number,
      entries: random.integer(0, 2),
      replies: random.integer(0, world.burst ? 4 : 2),
      asks: world.requests === true && random.chance(0.2),
      isLast: isFinal && world.bye === true,
    };
  }

  /** For one run of a handler: what it does takes time, while its server lives. */
  worker(): () => Promise<void> {
    const { random, server } = this;
    const { run } = server;
    return () => run.whileAlive(server.clock.sleep(random.between(0, 1.5)));
  }

  /** Work beside the loop: sends to the room now and then, as long as the server lives. */
  tick(room: Room): void {
    const { random, server } = this;
    const { run } = server;
    const again = (): void => {
      if (run.isDead || this.isHealed) return;
      this.#ticks += 1;
      void room.send(`tick ${this.#ticks}`);
      server.clock.setTimer(again, random.between(5, 40));
    };
    server.clock.setTimer(again, random.between(5, 40));
  }

  #isQuiet(): boolean {
    return this.clients.every((client) => client.isDone);
  }
}
