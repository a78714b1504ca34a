// Node's sockets, but read as a handler reads a session: a loop takes one line after the other and awaits its answer's
// place. The least that such a loop needs: lines that wait, a reader that does, and one write a turn. It has no limits,
// so nobody would run it; what it costs above `bare-net.ts` is the price of the loop.

import { createServer, type Socket } from "node:net";

const ACCEPTED = Promise.resolve();

createServer({ noDelay: true }, echo).listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4_096 });

async function echo(socket: Socket): Promise<void> {
  const lines = new Lines(socket);
  for await (const line of lines) await lines.send(line);
}

class Lines implements AsyncIterator<string> {
  readonly #socket: Socket;
  #waiting: string[] = [];
  #next = 0;
  #rest = "";
  #answer = "";
  #resolve: ((result: IteratorResult<string>) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => this.#take(chunk));
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<string>> {
    const value = this.#waiting[this.#next];
    if (value !== undefined) {
      this.#next += 1;
      return Promise.resolve({ value, done: false });
    }
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  send(line: string): Promise<void> {
    if (this.#answer === "") setImmediate(() => this.#flush());
    this.#answer += `${line}\n`;
    return ACCEPTED;
  }

  #take(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString()).split("\n");
    this.#rest = lines.pop() ?? "";
    this.#waiting = [...this.#waiting.slice(this.#next), ...lines];
    this.#next = 0;
    const resolve = this.#resolve;
    if (resolve === undefined || lines.length === 0) return;
    this.#resolve = undefined;
    void this.next().then(resolve);
  }

  #flush(): void {
    this.#socket.write(this.#answer);
    this.#answer = "";
  }
}
