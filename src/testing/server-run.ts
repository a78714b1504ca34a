import type { Broker } from "../broker/broker.ts";
import { asyncMessageContext } from "../handlers/message-context.ts";
import { type Handler, Supervisor } from "../handlers/supervisor.ts";
import type { OnPresence } from "../rooms/room-presence.ts";
import { Rooms } from "../rooms/rooms.ts";
import { type Clock, Deadlines } from "../runtime/deadlines.ts";
import type { Emit, FrameConnection, Peer, PlainConnection, PlainReceiver } from "../runtime/ports.ts";
import { never } from "../runtime/reader.ts";
import { ServerCore } from "../runtime/server-core.ts";
import type { Authenticate } from "../server/session-registry.ts";
import { SessionServer } from "../server/session-server.ts";
import { Signer } from "../server/tokens.ts";
import type { Limits } from "../session/limits.ts";
import type { MemoryConnection } from "./memory-connection.ts";
import { MortalBroker } from "./mortal-broker.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** What survives a server that is killed, and what every run of it is given. */
export interface ServerSurroundings {
  readonly clock: Clock;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly random: SeededRandom;
  readonly limits: Limits;
  readonly durable: boolean;
  readonly broker: Broker;
  readonly authenticate: Authenticate | undefined;
  readonly onpresence: OnPresence | undefined;
  /** How long a turn of the server's event loop takes, at most. */
  readonly turnMs: number;
  readonly handler: Handler;
  readonly emit: Emit;
}

const KEY_BYTES = 32;

/** One run of a server process, from its start to its death. After that nothing of it has any effect. */
export class ServerRun {
  readonly boot: string;
  readonly server: SessionServer;
  readonly rooms: Rooms;
  readonly emit: Emit;
  readonly clock: Clock;
  #isDead = false;
  readonly #connections = new Set<MemoryConnection<unknown>>();

  constructor(boot: number, surroundings: ServerSurroundings) {
    this.boot = `boot-${boot}`;
    const { clock, random, limits, durable, handler, wallNow, authenticate, emit, turnMs, onpresence } = surroundings;
    this.clock = this.#mortalClock(clock);
    this.emit = (event) => {
      if (!this.#isDead) emit(event);
    };
    const broker = new MortalBroker(surroundings.broker, this);
    const signer = new Signer(new Uint8Array(KEY_BYTES).fill(7));
    this.rooms = new Rooms({
      broker,
      limits,
      clock: this.clock,
      wallNow,
      scheduler: { afterTurn: (callback) => void this.clock.setTimer(callback, random.between(0, turnMs)) },
      signer: {
        sign: (text) => signer.sign("ticket", text),
        verify: (text, signature) => signer.verify("ticket", text, signature),
      },
      context: asyncMessageContext,
      emit: this.emit,
      onpresence: onpresence && ((change, room) => (this.#isDead ? undefined : onpresence(change, room))),
    });
    this.server = new SessionServer({
      limits,
      clock: this.clock,
      deadlines: new Deadlines(this.clock),
      wallNow,
      random: () => random.fraction(),
      freshId: () => random.hexadecimal(16),
      boot: this.boot,
      signer,
      store: broker.sessions,
      durable,
      rooms: this.rooms,
      context: asyncMessageContext,
      authenticate,
      emit: this.emit,
      runner: new Supervisor(handler, asyncMessageContext),
    });
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  accept(connection: FrameConnection & MemoryConnection<unknown>, peer: Peer): void {
    this.#connections.add(connection);
    connection.receiver = this.server.acceptFrames(connection, peer);
  }

  acceptPlain(connection: PlainConnection & MemoryConnection<unknown> & { receiver: PlainReceiver }, peer: Peer): void {
    this.#connections.add(connection);
    connection.receiver = this.server.acceptPlain(connection, peer);
  }

  /** Starts the session's handler again, as after the death of its worker. False when there is none to start. */
  restartHandler(sessionId: string): boolean {
    const core = this.server.get(sessionId);
    if (!(core instanceof ServerCore) || core.isEnding) return false;
    core.restart();
    return true;
  }

  /** Kills the process: no word to anybody, and what was under way is not finished. */
  kill(): void {
    this.#isDead = true;
    for (const connection of this.#connections) connection.vanish();
    for (const core of this.server.sessions) core.run?.replace();
  }

  /** What a promise gives to a process that is still there to hear it. */
  whileAlive<T>(promise: Promise<T>): Promise<T> {
    return promise.then(
      (value) => (this.#isDead ? never() : value),
      (error: unknown) => (this.#isDead ? never() : Promise.reject(error)),
    );
  }

  #mortalClock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      setTimer: (callback, delayMs) =>
        clock.setTimer(() => {
          if (!this.#isDead) callback();
        }, delayMs),
      clearTimer: (timer) => clock.clearTimer(timer),
    };
  }
}
