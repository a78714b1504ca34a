import { LoadClient, TEXT, type Wire } from "../../src/load/load-client.ts";
import { repeated } from "../../src/load/repeated.ts";
import { openSocket } from "../../src/load/target.ts";

const PUBLISH = Buffer.from(`PUB room ${TEXT.length}\r\n${TEXT}\r\n`);
const HELLO = 'CONNECT {"verbose":false}\r\nSUB room 1\r\nPING\r\n';
const LINE_END = "\r\n";

/** NATS, as a subscriber of the room; who publishes hears it too. */
export const nats: Wire = {
  async open(target) {
    const client = new NatsClient(await openSocket(target));
    await client.subscribe();
    return client;
  },
};

class NatsClient extends LoadClient {
  #rest: Buffer = Buffer.alloc(0);
  #onPong: () => void = () => {};

  subscribe(): Promise<void> {
    this.socket.write(HELLO);
    return new Promise((resolve, reject) => {
      this.#onPong = resolve;
      this.onLost = reject;
    });
  }

  say(messages: number): void {
    this.socket.write(repeated(PUBLISH, messages));
  }

  protected read(chunk: Buffer): number {
    const bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    let messages = 0;
    let at = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, at)) {
      const line = bytes.toString("latin1", at, end);
      let next = end + LINE_END.length;
      if (line.startsWith("MSG ")) {
        next += Number(line.slice(line.lastIndexOf(" ") + 1)) + LINE_END.length;
        if (next > bytes.length) break;
        messages += 1;
      } else if (line === "PING") this.socket.write("PONG\r\n");
      else if (line === "PONG") this.#onPong();
      else if (line.startsWith("-ERR")) throw new Error(`nats-server: ${line}`);
      at = next;
    }
    this.#rest = bytes.subarray(at);
    return messages;
  }

  protected farewell(): Uint8Array {
    return new Uint8Array(0);
  }
}
