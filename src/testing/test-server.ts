import type { Broker } from "../broker/broker.ts";
import { MemoryBroker } from "../broker/memory.ts";
import { connectTo } from "../client/connect.ts";
import type { ConnectOptions } from "../client/connect-options.ts";
import type { Handler } from "../handlers/supervisor.ts";
import type { BroadcastRoom } from "../rooms/room-handle.ts";
import type { OnPresence } from "../rooms/room-presence.ts";
import { checkOptionNames, type OptionNames } from "../runtime/option-names.ts";
import type { Diagnostic } from "../runtime/ports.ts";
import type { ClientSession } from "../runtime/public-sessions.ts";
import type { Authenticate } from "../server/session-registry.ts";
import { type Limits, resolveLimits } from "../session/limits.ts";
import "../server/inspection.ts";
import { ClientLine, type Faults } from "./client-line.ts";
import { FAIR_WEATHER, Network } from "./network.ts";
import type { NetworkConditions } from "./pipe.ts";
import { PlainClient } from "./plain-client.ts";
import { SeededRandom } from "./seeded-random.ts";
import { ServerRun } from "./server-run.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** The time at which every test begins, in milliseconds since 1970. */
const BEGINNING = 1_700_000_000_000;
/** Virtual time that a call may take which waits for something to happen. */
const PATIENCE_MS = 120_000;
/** Within this, what was written before a server ends has left it. */
const LAST_WORDS_MS = 10;

export interface TestServerOptions {
  /** Decides everything that is random: the same seed, the same test. Default 1. */
  readonly seed?: number | undefined;
  readonly limits?: { readonly [Name in keyof Limits]?: number | undefined } | undefined;
  /** Sessions survive `kill`. Default: they do not. */
  readonly durable?: boolean | undefined;
  /** Where rooms' logs, records and tombstones live; it survives `kill`. Default: in memory. */
  readonly broker?: Broker | undefined;
  readonly authenticate?: Authenticate | undefined;
  /** As in `serve`. */
  readonly onpresence?: OnPresence | undefined;
  readonly network?: Partial<NetworkConditions> | undefined;
  /** How long rooms wait, at most, for the end of a turn in which entries came, as on a busy server. Default 0. */
  readonly turnMs?: number | undefined;
}

const NAMES: OptionNames<TestServerOptions> = {
  seed: true,
  limits: true,
  durable: true,
  broker: true,
  authenticate: true,
  onpresence: true,
  network: true,
  turnMs: true,
};

/** A client's session, and what can be done to its connection. */
export type TestSession = ClientSession & Faults;

/**
 * A server with clients, all in this process, on a network and in a time of their own.
 *
 * Nothing happens but in `advance`, and in the calls that wait for something (`connect`, `line`), which let as much time
 * pass as that takes. Timers and input of the handler's own stay real: time does not wait for them.
 */
export class TestServer implements AsyncDisposable {
  /** Everything that was published, oldest first: what a log would show. */
  readonly diagnostics: Diagnostic[] = [];
  readonly clock: VirtualClock;
  readonly network: Network;
  /** How far the server's wall clock is off: tokens, credentials and entries get their times from it. */
  wallClockSkewMs = 0;
  readonly #start: () => ServerRun;
  #run: ServerRun;
  #runs = 0;
  #clients = 0;

  constructor(handler: Handler, options: TestServerOptions = {}, clock = new VirtualClock()) {
    this.clock = clock;
    const random = new SeededRandom(options.seed ?? 1);
    const limits = resolveLimits(options.limits);
    const emit = (event: Diagnostic): void => void this.diagnostics.push(event);
    const conditions = { ...FAIR_WEATHER, ...options.network };
    const wallNow = (): number => BEGINNING + this.clock.now() + this.wallClockSkewMs;
    const ports = { now: () => this.clock.now(), wallNow, random: () => random.fraction() };
    const surroundings = {
      clock: this.clock,
      wallNow,
      random,
      limits,
      durable: options.durable ?? false,
      broker: options.broker ?? new MemoryBroker({ outlivesServer: true }, ports),
      authenticate: options.authenticate,
      onpresence: options.onpresence,
      turnMs: options.turnMs ?? 0,
      handler,
      emit,
    };
    this.network = new Network(this.clock, random, conditions, limits, emit);
    this.#start = () => {
      this.#runs += 1;
      return new ServerRun(this.#runs, surroundings);
    };
    this.#run = this.#start();
    this.network.listener = this.#run;
  }

  /** The server process that runs now, or ran last. */
  get run(): ServerRun {
    return this.#run;
  }

  /** Milliseconds that have passed. */
  get now(): number {
    return this.clock.now();
  }

  /** Opens a session; time passes until it is open. Rejects as `connect` does. */
  async connect(options: ConnectOptions = {}): Promise<TestSession> {
    const line = this.line();
    const session = await this.#waitFor(connectTo(line, line.platform, options));
    return Object.assign(session, faultsOf(line));
  }

  /** A way to the server for one client, for those who connect by themselves. */
  line(): ClientLine {
    this.#clients += 1;
    return new ClientLine(this.network, `10.0.0.${this.#clients}`);
  }

  /** Opens a connection that carries plain lines, as `nc` does. */
  async connectPlain(): Promise<PlainClient> {
    this.#clients += 1;
    const link = await this.#waitFor(this.network.dialPlain(`10.0.0.${this.#clients}`));
    return new PlainClient(link, this.clock);
  }

  /** A room in nobody's name: to send to everybody in it, to page through its history. */
  room(name: string): BroadcastRoom {
    return this.#run.rooms.broadcast(name);
  }

  /** Lets time pass, and everything happen that is due in it. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Kills the server process, without a word to anybody; clients notice within so long. What its store has stays. */
  kill(noticeWithinMs = 0): void {
    this.network.listener = undefined;
    this.#run.kill();
    this.network.cutAll(noticeWithinMs);
  }

  /**
   * Shuts the server down in order: lets everybody finish, tells them to come back later, and waits for the handlers, for
   * `drainTimeoutMs` at most. Resolves when it is gone; time has to pass for that.
   */
  async stop(drainTimeoutMs: number): Promise<void> {
    const run = this.#run;
    this.network.listener = undefined;
    await run.server.drain(drainTimeoutMs);
    // What was said last is still on its way.
    await this.clock.sleep(LAST_WORDS_MS);
    if (this.#run === run && !run.isDead) this.kill();
  }

  /** Starts a server again, after `kill` or `stop`. */
  restart(): void {
    if (!this.#run.isDead) this.kill();
    this.#run = this.#start();
    this.network.listener = this.#run;
  }

  /** Lets go of everything. Nothing happens any more. */
  async close(): Promise<void> {
    this.kill();
    await this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #waitFor<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    promise.then(settle, settle);
    if (!(await this.clock.advanceUntil(() => isSettled, PATIENCE_MS))) {
      throw new Error(`nothing came of it within ${PATIENCE_MS} ms of virtual time`);
    }
    return promise;
  }
}

/** Starts a server for tests, with no socket and no real time. */
export async function testServer(handler: Handler, options: TestServerOptions = {}): Promise<TestServer> {
  checkOptionNames(options, NAMES);
  return new TestServer(handler, options);
}

/** The faults as functions of their own, to go into a session. */
function faultsOf(line: ClientLine): Faults {
  return {
    cut: (noticing) => line.cut(noticing),
    cutAfterBytes: (bytes, from) => line.cutAfterBytes(bytes, from),
    halfOpen: () => line.halfOpen(),
    freeze: () => line.freeze(),
    thaw: () => line.thaw(),
    stall: (ms, from) => line.stall(ms, from),
    goOffline: () => line.goOffline(),
    goOnline: () => line.goOnline(),
  };
}
