import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Frame } from "../src/protocol/frames/frame.ts";
import { FrameCodec } from "../src/protocol/frames/frame-codec.ts";

/** Longer than anything here takes on a busy machine; what has not come by then does not come. */
const DEADLINE_MS = 20_000;

export interface RawClientOptions {
  /** Speaks TLS, and takes any certificate. */
  readonly tls?: boolean;
  /** Default 127.0.0.1. */
  readonly host?: string;
}

/** A client that knows nothing of protocols: bytes out, and what came back. */
export class RawClient implements AsyncDisposable {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #read = 0;
  #isEnded = false;
  #isClosed = false;
  #error: Error | undefined;
  #codec: FrameCodec | undefined;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
      this.#wake();
    });
    socket.on("end", () => {
      this.#isEnded = true;
      this.#wake();
    });
    socket.on("close", () => {
      this.#isClosed = true;
      this.#wake();
    });
    socket.on("error", (error) => {
      this.#error = error;
    });
  }

  static async connect(port: number, { tls = false, host = "127.0.0.1" }: RawClientOptions = {}): Promise<RawClient> {
    const options = { port, host, allowHalfOpen: true, noDelay: true };
    const socket = tls ? connectTls({ ...options, rejectUnauthorized: false }) : connect(options);
    const client = new RawClient(socket);
    await once(socket, tls ? "secureConnect" : "connect");
    return client;
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data);
  }

  /** Writes each byte for itself, as soon as the one before has left. */
  async writeByteByByte(data: string | Uint8Array): Promise<void> {
    for (const byte of Buffer.from(data)) {
      await new Promise<void>((resolve) => this.socket.write(Uint8Array.of(byte), () => resolve()));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Everything that came, as text. */
  get text(): string {
    return this.#received.toString("latin1");
  }

  get isEnded(): boolean {
    return this.#isEnded || this.#isClosed;
  }

  /** What made the connection break, if something did. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Waits for text, after what earlier calls took; gives the groups of the match. */
  async expect(pattern: RegExp | string): Promise<readonly string[]> {
    for (;;) {
      const rest = this.#received.toString("utf8", this.#read);
      const match = typeof pattern === "string" ? pick(rest, pattern) : pattern.exec(rest);
      if (match !== null) {
        this.#read += Buffer.byteLength(rest.slice(0, match.index + match[0].length));
        return match.slice(1);
      }
      if (this.isEnded) throw new Error(`ended after ${JSON.stringify(rest)}, which has no ${pattern}`);
      await this.#more(() => `no ${pattern} in ${JSON.stringify(this.#received.toString("utf8", this.#read))}`);
    }
  }

  /** Waits for the next frame. */
  async frame(): Promise<Frame> {
    this.#codec ??= new FrameCodec(1 << 24);
    for (;;) {
      this.#codec.push(Uint8Array.from(this.#received.subarray(this.#read)));
      this.#read = this.#received.length;
      const frame = this.#codec.next();
      if (frame !== undefined) return frame;
      if (this.isEnded) throw new Error("ended without another frame");
      await this.#more(() => "no frame came");
    }
  }

  /** Waits until the server has ended the connection; gives what came and was not taken, as text. */
  async ended(): Promise<string> {
    while (!this.isEnded) await this.#more(() => `the connection did not end after ${JSON.stringify(this.text)}`);
    return this.#received.toString("utf8", this.#read);
  }

  /** Waits until something happens; fails with what `describe` says when nothing does. */
  #more(describe: () => string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(describe())), DEADLINE_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.socket.destroy();
    await once(this.socket, "close");
  }
}

function pick(text: string, part: string): RegExpExecArray | null {
  return new RegExp(part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).exec(text);
}
