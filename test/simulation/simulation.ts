import { MemoryBroker } from "../../src/broker/memory.ts";
import type { BroadcastRoom } from "../../src/rooms/room-handle.ts";
import { SeededRandom } from "../../src/testing/seeded-random.ts";
import { TestServer } from "../../src/testing/test-server.ts";
import { VirtualClock } from "../../src/testing/virtual-clock.ts";
import { converse, unload } from "./conversation.ts";
import { Faults } from "./faults.ts";
import { FaultyBroker } from "./faulty-broker.ts";
import { FaultySessions } from "./faulty-sessions.ts";
import { Offsets } from "./offsets.ts";
import { PresenceWitness } from "./presence-witness.ts";
import { judge } from "./promises.ts";
import { SimulatedClient } from "./simulated-client.ts";
import { Slowness } from "./slowness.ts";
import { isPatient, limitsOf, type SimulatedLimits, type Stage } from "./stage.ts";
import { Truth } from "./truth.ts";
import type { Violations } from "./violations.ts";
import type { World } from "./worlds.ts";

/** How long things go wrong, and how long everything then has to come right again. */
const TROUBLE_MS = 1_500;
const HEALING_MS = 10_000;
const LOOK_EVERY_MS = 50;
/** So long after the trouble everybody has noticed what it had broken, and is connected again. */
const SETTLING_MS = 500;
const QUIET_MS = 300;
/** A room that cannot read its log waits for a second. */
const QUIET_AFTER_FAILURES_MS = 1_200;
const NETWORK = { splitChance: 0.3, bufferBytes: 2_048 };
const CLIENTS = 3;
/** What a room keeps where rooms trim. */
const FEW_ENTRIES = 12;
/** By then what is told once a second has been told. */
const COUNTED_WITHIN_MS = 1_100;

/** What came of one run. */
export interface Outcome {
  readonly violations: Violations;
  readonly faults: number;
}

/** One world, one seed: clients, a server and everything that goes wrong between them. */
class Simulation implements Stage {
  readonly world: World;
  readonly limits: SimulatedLimits;
  readonly random: SeededRandom;
  readonly server: TestServer;
  readonly slowness: Slowness;
  readonly broker: FaultyBroker;
  readonly truth: Truth;
  readonly #witness: PresenceWitness;
  readonly clients: SimulatedClient[] = [];
  isHealed = false;
  isCalm = false;
  #broadcasts = 0;

  constructor(world: World, seed: number) {
    this.world = world;
    this.limits = limitsOf(world, seed);
    this.random = new SeededRandom(seed * 7919 + 1);
    const { random } = this;
    const clock = new VirtualClock();
    const ports = { now: () => clock.now(), wallNow: () => clock.now(), random: () => random.fraction() };
    const retention = world.trims ? { maxEntries: FEW_ENTRIES } : {};
    this.slowness = new Slowness(clock, random);
    this.broker = new FaultyBroker(
      new MemoryBroker({ outlivesServer: true, retention }, ports),
      new FaultySessions(this.slowness),
      this.slowness,
      new Offsets(random, world.skips ? 0.2 : 0),
      world.lateFollowers ? 4 : 0.5,
    );
    this.#witness = new PresenceWitness(
      () => this.server,
      random,
      () => this.truth.violations,
      this.limits,
    );
    const options = {
      seed,
      limits: this.limits,
      durable: world.durable,
      broker: this.broker,
      network: NETWORK,
      turnMs: world.lateFollowers ? 0.8 : 0,
      onpresence: world.presence ? this.#witness.onpresence : undefined,
    };
    this.server = new TestServer((session) => converse(this, session), options, clock);
    this.truth = new Truth(this.server.diagnostics);
  }

  async play(): Promise<Outcome> {
    const { server, world } = this;
    const faults = new Faults(this, this.clients, (client) => this.#bring(client));
    if (world.storeFailures) this.slowness.failures = 0.05;
    for (let index = 0; index < CLIENTS; index += 1) this.#bring();
    if (world.busyRooms) this.#keepBusy();
    if (world.presence) this.#witness.look(() => this.isHealed);
    faults.begin();
    await server.advance(TROUBLE_MS);
    this.isHealed = true;
    this.slowness.failures = 0;
    faults.heal();
    const deadline = server.now + HEALING_MS;
    await server.advance(SETTLING_MS);
    this.isCalm = true;
    await server.advance(this.#quietMs);
    while (server.now < deadline && !this.#isQuiet) await server.advance(LOOK_EVERY_MS);
    if (world.presence) {
      await server.advance(COUNTED_WITHIN_MS);
      this.#witness.judge();
    }
    const logs = { A: await this.#log("A"), B: await this.#log("B") };
    const { clients, truth } = this;
    const violations = judge({
      world,
      isPatient: isPatient(this.limits),
      truth,
      clients,
      logs,
      sessions: [...server.run.server.sessions],
    });
    this.isCalm = false;
    await server.close();
    return { violations, faults: faults.count };
  }

  /** Everybody has done what he wanted, and for some time nobody has heard anything. */
  get #isQuiet(): boolean {
    const since = this.server.now - this.#quietMs;
    return this.clients.every((client) => client.isDone && client.heardAt < since);
  }

  get #quietMs(): number {
    return this.world.storeFailures ? QUIET_AFTER_FAILURES_MS : QUIET_MS;
  }

  #bring(client?: SimulatedClient): void {
    const { random, world } = this;
    const isShort = world.bye || world.hangUp || world.kick;
    const total = isShort ? random.integer(5, 25) : random.integer(20, 100);
    const newcomer = client ?? new SimulatedClient(this, `c${this.clients.length}`, total);
    this.clients.push(newcomer);
    void newcomer.start();
  }

  worker(): () => Promise<void> {
    const { random, server } = this;
    const { run } = server;
    return () => run.whileAlive(server.clock.sleep(random.between(0, 1.5)));
  }

  broadcast(room: Pick<BroadcastRoom, "send">, mostMs: number): void {
    const { random, server } = this;
    const { run } = server;
    const again = (): void => {
      if (run.isDead || this.isHealed) return;
      this.#broadcasts += 1;
      room.send(`broadcast ${this.#broadcasts}`).catch(() => {});
      server.clock.setTimer(again, random.between(0, mostMs));
    };
    server.clock.setTimer(again, random.between(0, mostMs));
  }

  /** Somebody always has something to say to everybody. */
  #keepBusy(): void {
    const { server } = this;
    let run: unknown;
    const look = (): void => {
      if (this.isHealed) return;
      if (server.run !== run) {
        run = server.run;
        this.broadcast(server.room("A"), 6);
      }
      server.clock.setTimer(look, 10);
    };
    look();
  }

  async #log(room: string): Promise<readonly { readonly offset: number; readonly text: string }[]> {
    const { epoch } = await this.#soon(this.broker.head(room));
    const limit = { entries: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
    const { entries } = await this.#soon(this.broker.read(room, { epoch, offset: 0 }, limit));
    return entries.map(({ offset, payload }) => ({ offset, text: unload(String(payload)) }));
  }

  async #soon<T>(promise: Promise<T>): Promise<T> {
    await this.server.advance(5);
    return promise;
  }
}

/** Runs a world from a seed: which promises were broken, and by how much trouble. */
export function simulate(world: World, seed: number): Promise<Outcome> {
  return new Simulation(world, seed).play();
}
