import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server that can be cut, refused and opened again. */
export class CuttingProxy implements AsyncDisposable {
  /** Whether new connections get through. */
  isOpen = true;
  /** Connections that were made so far. */
  connections = 0;
  readonly #server: Server;
  readonly #live = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async to(port: number): Promise<CuttingProxy> {
    const server = createServer({ noDelay: true });
    const proxy = new CuttingProxy(server);
    server.on("connection", (socket) => proxy.#accept(socket, port));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections that are there now. */
  get live(): number {
    return this.#live.size;
  }

  #accept(near: Socket, port: number): void {
    if (!this.isOpen) {
      near.resetAndDestroy();
      return;
    }
    this.connections += 1;
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#live.add(near);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        other.destroy();
        this.#live.delete(near);
      });
      socket.pipe(other);
    }
  }

  /** Cuts every connection; what is on its way is lost. */
  cut(): void {
    for (const socket of this.#live) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
