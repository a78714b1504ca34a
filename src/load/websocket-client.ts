import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { formatUpgradeRequest } from "../protocol/websocket/client-handshake.ts";
import { encodeWebSocketFrame } from "../protocol/websocket/frame.ts";
import { OPCODE } from "../protocol/websocket/opcode.ts";
import { WebSocketCodec, type WebSocketUnit } from "../protocol/websocket/websocket-codec.ts";
import { LoadClient, TEXT, type Wire } from "./load-client.ts";
import { repeated } from "./repeated.ts";
import { openSocket, type Target } from "./target.ts";

/** One for all: the server unmasks each frame all the same. */
export const MASK = 0x9d3a51f2;

const FRAME = encodeWebSocketFrame(OPCODE.text, TEXT, MASK);
/** The code of a normal closure. */
const CLOSE = encodeWebSocketFrame(OPCODE.close, Uint8Array.of(0x03, 0xe8), MASK);
const MAX_MESSAGE_BYTES = 2 ** 24;
const HEAD_END = "\r\n\r\n";

/** Bare WebSocket: text messages. */
export const webSocket: Wire = {
  async open(target) {
    return new WebSocketClient(await openUpgraded(target));
  },
};

/** A WebSocket whose messages are counted. */
export class WebSocketClient extends LoadClient {
  readonly #codec = new WebSocketCodec({ role: "client", maxMessageBytes: MAX_MESSAGE_BYTES });

  say(messages: number): void {
    this.socket.write(repeated(FRAME, messages));
  }

  protected read(chunk: Buffer): number {
    let messages = 0;
    this.#codec.push(chunk);
    for (let unit = this.#codec.next(); unit !== undefined; unit = this.#codec.next()) messages += this.#take(unit);
    return messages;
  }

  /** How many messages one of the protocol's is. */
  protected count(_data: Uint8Array): number {
    return 1;
  }

  #take(unit: WebSocketUnit): number {
    switch (unit.kind) {
      case "text":
      case "binary":
        return this.count(unit.data);
      case "ping":
        this.socket.write(encodeWebSocketFrame(OPCODE.pong, unit.data, MASK));
        return 0;
      default:
        return 0;
    }
  }

  protected farewell(): Uint8Array {
    return CLOSE;
  }
}

/** A socket on which the upgrade to WebSocket is done. */
export async function openUpgraded(target: Target, subprotocol?: string): Promise<Socket> {
  const socket = await openSocket(target);
  const key = randomBytes(16).toString("base64");
  const { host, port, path } = target;
  socket.write(formatUpgradeRequest({ host: `${host}:${port}`, path, key, subprotocol }));
  await new Promise<void>((resolve, reject) => {
    const refuse = (): void => reject(new Error("the server hung up on a WebSocket"));
    let read = Buffer.alloc(0);
    const onData = (chunk: Buffer): void => {
      read = Buffer.concat([read, chunk]);
      const end = read.indexOf(HEAD_END);
      if (end < 0) return;
      socket.off("data", onData).off("close", refuse).pause();
      const [status = ""] = read.toString("latin1", 0, end).split("\r\n");
      if (!status.startsWith("HTTP/1.1 101 ")) {
        reject(new Error(`no WebSocket: ${status}`));
        return;
      }
      if (read.length > end + HEAD_END.length) socket.unshift(read.subarray(end + HEAD_END.length));
      resolve();
    };
    socket.on("data", onData).once("close", refuse).once("error", reject);
  });
  return socket.removeAllListeners("error").resume();
}
