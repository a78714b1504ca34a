import type { MemoryConnection } from "./memory-connection.ts";
import { type NetworkConditions, Pipe } from "./pipe.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { VirtualClock } from "./virtual-clock.ts";

/** Something of a connection that can be at one of its ends, or what bytes pass on their way from there. */
export type Side = "client" | "server";

/** When each end learns that its connection is gone; `Infinity`: never. Default: at once. */
export interface Noticing {
  readonly clientAfterMs?: number | undefined;
  readonly serverAfterMs?: number | undefined;
}

type End = MemoryConnection<unknown>;

/** One connection in memory, both its ends and the way between them, which may fail. */
export class Link<Client extends End = End, Server extends End = End> {
  readonly client: Client;
  readonly server: Server;
  readonly #clock: VirtualClock;
  readonly #toServer: Pipe;
  readonly #toClient: Pipe;
  #isCut = false;

  constructor(
    clock: VirtualClock,
    random: SeededRandom,
    conditions: NetworkConditions,
    make: { client(pipe: Pipe): Client; server(pipe: Pipe): Server },
  ) {
    this.#clock = clock;
    this.#toServer = new Pipe(clock, random, conditions, {
      onBytes: (bytes) => this.server.onBytes(bytes),
      onEnd: () => this.server.onEnd(),
      onDrained: () => this.client.onDrained(),
    });
    this.#toClient = new Pipe(clock, random, conditions, {
      onBytes: (bytes) => this.client.onBytes(bytes),
      onEnd: () => this.client.onEnd(),
      onDrained: () => this.server.onDrained(),
    });
    this.client = make.client(this.#toServer);
    this.server = make.server(this.#toClient);
  }

  /** Whether both ends still have it. */
  get isUp(): boolean {
    return !this.#isCut && !this.client.isLost && !this.server.isLost;
  }

  /** Breaks the connection: what is on its way is lost. */
  cut(noticing: Noticing = {}): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#toServer.cut();
    this.#toClient.cut();
    const { clientAfterMs = 0, serverAfterMs = 0 } = noticing;
    this.#loseAfter(this.client, clientAfterMs);
    this.#loseAfter(this.server, serverAfterMs);
  }

  #loseAfter(end: End, ms: number): void {
    if (ms === 0) end.lose();
    else if (ms !== Number.POSITIVE_INFINITY) this.#clock.setTimer(() => end.lose(), ms);
  }

  /** The client has given it up; what it sent before still arrives, and the server goes on believing in it. */
  abandon(): void {
    this.#toClient.cut();
    this.client.lose();
  }

  /** Breaks it when so many more bytes have arrived at the other side, in the middle of whatever that is. */
  cutAfterBytes(bytes: number, from: Side, noticing?: Noticing): void {
    this.#pipeFrom(from).cutAfter(bytes, () => this.cut(noticing));
  }

  /** This side reads no more. */
  freeze(side: Side): void {
    this.#pipeFrom(side === "client" ? "server" : "client").freeze();
  }

  thaw(side: Side): void {
    this.#pipeFrom(side === "client" ? "server" : "client").thaw();
  }

  /** What this side sends does not arrive for so long; then all of it does. */
  stall(from: Side, ms: number): void {
    this.#pipeFrom(from).stall(ms);
  }

  #pipeFrom(side: Side): Pipe {
    return side === "client" ? this.#toServer : this.#toClient;
  }
}
