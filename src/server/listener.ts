import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { Clock } from "../runtime/deadlines.ts";
import type { Emit } from "../runtime/ports.ts";
import { SOCKET_OPTIONS } from "../transport/socket-owner.ts";
import { classifyAcceptError } from "./accept-fault.ts";
import { type AddressCounts, normalizeAddress, type TrustedProxies } from "./addresses.ts";
import { connectionCapacity } from "./descriptors.ts";
import { ListenError } from "./listen-error.ts";
import type { Reception } from "./reception.ts";

/** How many silent connections go, and for how long nobody is let in, when the system has run out of something. */
const SHED_WHEN_EXHAUSTED = 64;
const EXHAUSTED_PAUSE_MS = 100;

/** So many connections above its limit, as a share of it, an address may have to be told that they are too many. */
const REFUSED_SHARE = 0.1;

export interface ListenerOptions {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly maxConnectionsPerAddress: number;
  readonly counts: AddressCounts;
  readonly proxies: TrustedProxies;
  readonly reception: Reception;
  /** No connection will come any more, and nobody asked for that. */
  readonly onGone: (error: Error) => void;
}

/** The port: accepts connections, as many as there is room for. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #server: Server;
  /** Every open socket, with the address that it counts for. */
  readonly #sockets = new Map<Socket, string>();
  readonly #onClose: (this: Socket) => void;
  readonly #capacity = connectionCapacity();
  readonly #isEmpty: Promise<void>;
  #onEmpty: () => void = () => {};
  #address: AddressInfo | undefined;
  #closedUntil = 0;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#onClose = forgetting(this.#sockets, options.counts);
    this.#isEmpty = new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
    this.#server = createServer({ ...SOCKET_OPTIONS }, (socket) => this.#onConnection(socket));
  }

  /** Resolves when connections are accepted; rejects with `ListenError`. */
  listen(host: string, port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const onError = (error: NodeJS.ErrnoException): void => reject(new ListenError(host, port, error));
      this.#server.once("error", onError);
      this.#server.listen({ host, port, backlog: 1_024 }, () => {
        this.#server.off("error", onError);
        this.#address = this.#server.address() as AddressInfo;
        this.#server.on("error", (error) => this.#onAcceptError(error));
        resolve();
      });
    });
  }

  /** Known once it listens, and from then on. */
  get address(): AddressInfo {
    return this.#address as AddressInfo;
  }

  /** Accepts no more connections; those that there are stay. */
  stop(): void {
    this.#server.close(() => this.#onEmpty());
  }

  /** Resolves when it has stopped and every connection is gone. */
  untilEmpty(): Promise<void> {
    return this.#isEmpty;
  }

  /** Cuts off whoever is left. */
  destroyAll(): void {
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  #onConnection(socket: Socket): void {
    const { remoteAddress } = socket;
    // It may be gone already.
    if (remoteAddress === undefined) {
      socket.destroy();
      return;
    }
    const { proxies, counts, reception, maxConnectionsPerAddress: most } = this.#options;
    const address = normalizeAddress(remoteAddress);
    const isProxy = proxies.has(address);
    const count = isProxy ? 0 : counts.add(address);
    this.#sockets.set(socket, isProxy ? "" : address);
    socket.on("close", this.#onClose);
    if (count > most * (1 + REFUSED_SHARE)) {
      this.#cutOff(socket, address, "far too many connections from this address");
    } else if (!this.#hasRoom()) {
      this.#cutOff(socket, address, "there is no room for more connections");
    } else {
      reception.welcome(socket, { address, isSecure: false, isRefused: count > most });
    }
  }

  #cutOff(socket: Socket, address: string, reason: string): void {
    socket.destroy();
    this.#options.emit({ name: "connection-refused", address, code: CLOSE_CODES.overloaded.code, reason });
  }

  /** Whoever has said nothing yet makes room for who comes. */
  #hasRoom(): boolean {
    if (this.#closedUntil > this.#options.clock.now()) return false;
    return this.#sockets.size <= this.#capacity || this.#options.reception.shedSilent(1) > 0;
  }

  #onAcceptError(error: Error): void {
    const { clock, emit, reception, onGone } = this.#options;
    switch (classifyAcceptError(error)) {
      case "this-connection":
        return;
      case "exhausted":
        this.#closedUntil = clock.now() + EXHAUSTED_PAUSE_MS;
        reception.shedSilent(SHED_WHEN_EXHAUSTED);
        emit({ name: "connection-error", address: "", error });
        return;
      case "listener-gone":
        emit({ name: "connection-error", address: "", error });
        onGone(error);
    }
  }
}

/** One listener for every socket's end. */
function forgetting(sockets: Map<Socket, string>, counts: AddressCounts): (this: Socket) => void {
  return function onClose(this: Socket): void {
    counts.remove(sockets.get(this) ?? "");
    sockets.delete(this);
  };
}
