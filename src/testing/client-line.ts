import * as keeper from "../client/keeper.ts";
import type { Platform, Target } from "../client/ports.ts";
import type { ClientConnection, ClientReceiver } from "../session/client-ports.ts";
import type { Link, Noticing, Side } from "./link.ts";
import type { MemoryFrameConnection } from "./memory-frame-connection.ts";
import type { Network } from "./network.ts";

/** What can be done to a client's connection. Dials that follow are made on the network as it is. */
export interface Faults {
  /** Breaks it; what is on its way is lost. Both sides notice at once, unless `noticing` says otherwise. */
  cut(noticing?: Noticing): void;
  /** Breaks it when so many more bytes of `from` (default: the server) have arrived, wherever that is in a frame. */
  cutAfterBytes(bytes: number, from?: Side): void;
  /** The client's side of it is gone, as when a phone changes networks; the server goes on believing in it. */
  halfOpen(): void;
  /** The client reads no more, as a stopped process does. */
  freeze(): void;
  thaw(): void;
  /** What `from` (default: both sides) sends is held back for so long. */
  stall(ms: number, from?: Side): void;
  /** Cuts it, and lets no dial through until `goOnline`. */
  goOffline(): void;
  goOnline(): void;
}

/** One client's way to the server: whatever connections it makes, one after the other. */
export class ClientLine implements Target, Faults {
  readonly peer;
  readonly #network: Network;
  readonly #address: string;
  #link: Link<MemoryFrameConnection> | undefined;
  #isOnline = true;
  #isFrozen = false;
  readonly #wakeUps = new Set<() => void>();

  constructor(network: Network, address: string) {
    this.#network = network;
    this.#address = address;
    this.peer = { address: "memory:", form: "bowline", secure: false, headers: {} } as const;
  }

  /** The connection that was made last, if it still is one for both sides. */
  get link(): Link<MemoryFrameConnection> | undefined {
    return this.#link?.isUp === true ? this.#link : undefined;
  }

  get platform(): Platform {
    const { clock, random, emit } = this.#network;
    return {
      clock,
      emit,
      random: () => random.fraction(),
      onWakeUp: (callback, signal) => {
        this.#wakeUps.add(callback);
        signal.addEventListener("abort", () => this.#wakeUps.delete(callback));
      },
      loadKeeper: async () => keeper,
    };
  }

  async dial(receiver: ClientReceiver, signal: AbortSignal): Promise<ClientConnection> {
    const link = await this.#network.dial(this.#address, () => this.#isOnline && !signal.aborted);
    link.client.receiver = receiver;
    this.#link = link;
    if (this.#isFrozen) link.freeze("client");
    return link.client;
  }

  cut(noticing?: Noticing): void {
    this.#link?.cut(noticing);
  }

  cutAfterBytes(bytes: number, from: Side = "server"): void {
    this.#link?.cutAfterBytes(bytes, from);
  }

  halfOpen(): void {
    this.#link?.abandon();
  }

  freeze(): void {
    this.#isFrozen = true;
    this.#link?.freeze("client");
  }

  thaw(): void {
    this.#isFrozen = false;
    this.#link?.thaw("client");
  }

  stall(ms: number, from?: Side): void {
    if (from !== "client") this.#link?.stall("server", ms);
    if (from !== "server") this.#link?.stall("client", ms);
  }

  goOffline(): void {
    this.#isOnline = false;
    this.cut();
  }

  goOnline(): void {
    this.#isOnline = true;
    for (const wakeUp of [...this.#wakeUps]) wakeUp();
  }
}
