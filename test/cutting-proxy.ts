import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A way to a server on this machine that breaks when it is told to. */
export class CuttingProxy implements AsyncDisposable {
  /** Whether new connections get through. */
  isOpen = true;
  /** For each new connection, after how many bytes (of both directions together) it breaks; default: never. */
  bytesUntilCut: () => number = () => Number.POSITIVE_INFINITY;
  /** Connections that broke so far. */
  cuts = 0;
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

  #accept(near: Socket, port: number): void {
    if (!this.isOpen) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port, host: "127.0.0.1", noDelay: true });
    this.#live.add(near);
    let bytesLeft = this.bytesUntilCut();
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("data", (bytes: Buffer) => {
        if (bytesLeft <= 0) return;
        other.write(bytes.subarray(0, bytesLeft));
        bytesLeft -= bytes.length;
        // What was passed on still arrives: the connection breaks in the middle of what comes next.
        if (bytesLeft <= 0) other.end(() => this.#cut(near));
      });
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        other.destroy();
        this.#live.delete(near);
      });
    }
  }

  #cut(socket: Socket): void {
    if (!this.#live.delete(socket)) return;
    this.cuts += 1;
    socket.resetAndDestroy();
  }

  /** Breaks every connection; what is on its way is lost. */
  cut(): void {
    for (const socket of this.#live) this.#cut(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOpen = false;
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
