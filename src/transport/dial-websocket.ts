import { createHash, randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import {
  findUpgradeFault,
  formatUpgradeRequest,
  parseUpgradeResponse,
} from "../protocol/websocket/client-handshake.ts";
import { ACCEPT_GUID, type SUBPROTOCOL } from "../protocol/websocket/handshake.ts";
import { DialError } from "./dial-error.ts";
import { type DialOptions, dialSocket } from "./dial-socket.ts";
import { disown, own, type SocketOwner } from "./socket-owner.ts";

const HEAD_END = Buffer.from("\r\n\r\n");
const MOST_HEAD_BYTES = 16 * 1024;

/** A socket on which the upgrade to WebSocket is done, paused. Rejects with `DialError`. */
export async function dialUpgraded(
  url: URL,
  subprotocol: typeof SUBPROTOCOL | undefined,
  options: DialOptions,
): Promise<Socket> {
  const isSecure = url.protocol === "wss:";
  const port = url.port === "" ? (isSecure ? 443 : 80) : Number(url.port);
  const key = randomBytes(16).toString("base64");
  const path = `${url.pathname}${url.search}`;
  const request = formatUpgradeRequest({ host: url.host, path, key, subprotocol, headers: options.headers });
  const socket = await dialSocket(hostOf(url), port, isSecure, options);
  const head = await exchangeHeads(socket, request, url.host, options.signal);
  const response = parseUpgradeResponse(head);
  const accept = createHash("sha1").update(`${key}${ACCEPT_GUID}`).digest("base64");
  const fault =
    response === undefined ? "the server does not speak HTTP" : findUpgradeFault(response, accept, subprotocol);
  const chosen = response?.headers["sec-websocket-protocol"];
  if (fault !== undefined || chosen !== subprotocol) {
    socket.destroy();
    throw new DialError(`no WebSocket to ${url.host}: ${fault ?? "the server does not speak Bowline"}`);
  }
  return socket;
}

/** The host as sockets want it: an IPv6 address without brackets. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

/** Sends the request and reads the head of the answer; what comes after it stays in the socket, which is paused. */
function exchangeHeads(
  socket: Socket,
  request: string,
  host: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      reject(signal?.reason);
      socket.destroy();
    };
    const onHead = (head: string): void => {
      signal?.removeEventListener("abort", onAbort);
      resolve(head);
    };
    const onFailure = (why: string): void => {
      signal?.removeEventListener("abort", onAbort);
      reject(new DialError(`no WebSocket to ${host}: ${why}`));
    };
    own(socket, new HeadReader(socket, onHead, onFailure));
    signal?.addEventListener("abort", onAbort);
    socket.write(request);
    socket.resume();
    if (signal?.aborted === true) onAbort();
  });
}

/** Collects the head of an HTTP answer. */
class HeadReader implements SocketOwner {
  readonly #socket: Socket;
  readonly #onHead: (head: string) => void;
  readonly #onFailure: (why: string) => void;
  #read: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, onHead: (head: string) => void, onFailure: (why: string) => void) {
    this.#socket = socket;
    this.#onHead = onHead;
    this.#onFailure = onFailure;
  }

  onData(bytes: Uint8Array): void {
    this.#read = Buffer.concat([this.#read, bytes]);
    const end = this.#read.indexOf(HEAD_END);
    if (end !== -1) {
      disown(this.#socket, this.#read.subarray(end + HEAD_END.length));
      this.#onHead(this.#read.toString("latin1", 0, end + HEAD_END.length));
    } else if (this.#read.length > MOST_HEAD_BYTES) {
      this.#fail("the head of its answer is too long");
    }
  }

  #fail(why: string): void {
    this.#socket.destroy();
    this.#onFailure(why);
  }

  onEnd(): void {
    this.#fail("the server ended the connection");
  }

  onDrain(): void {}

  onError(): void {}

  onClose(): void {
    this.#fail("the connection was lost");
  }
}
