import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import {
  ACCEPT_GUID,
  checkUpgradeRequest,
  formatUpgradeResponse,
  type UpgradeAccepted,
} from "../protocol/websocket/handshake.ts";
import { isOriginAllowed } from "../protocol/websocket/origin.ts";
import type { Peer } from "../runtime/ports.ts";
import type { TransportEnvironment } from "../transport/environment.ts";
import { endWith } from "../transport/last-words.ts";
import { disown } from "../transport/socket-owner.ts";
import { WebSocketFrameConnection } from "../transport/websocket-frame-connection.ts";
import { WebSocketPlainConnection } from "../transport/websocket-plain-connection.ts";
import type { AddressCounts, TrustedProxies } from "./addresses.ts";
import type { Arrival, Caller } from "./arrival.ts";
import { formatHttpError } from "./http-error.ts";
import { hostsOf, METHODS } from "./http-requests.ts";
import type { SessionServer } from "./session-server.ts";

/** How long a browser's connection may wait for its next request. */
const KEEP_ALIVE_MS = 5_000;

/** Headers that only make the upgrade, and so say nothing about who is there. */
const HANDSHAKE_HEADERS = new Set(["connection", "upgrade", "sec-websocket-key", "sec-websocket-version"]);

export interface HttpDoorOptions {
  readonly env: TransportEnvironment;
  readonly sessions: SessionServer;
  readonly counts: AddressCounts;
  readonly proxies: TrustedProxies;
  /** Pages of these origins may open a WebSocket, besides the server's own. */
  readonly origins: readonly string[];
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
}

/** The HTTP on the port: pages, and the upgrade to WebSocket. */
export class HttpDoor {
  readonly #options: HttpDoorOptions;
  readonly #server: Server;
  readonly #arrivals = new WeakMap<Socket, Arrival>();

  constructor(options: HttpDoorOptions) {
    const { openTimeoutMs } = options.env.limits;
    this.#options = options;
    this.#server = createServer({
      headersTimeout: openTimeoutMs,
      requestTimeout: 6 * openTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, openTimeoutMs),
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    this.#server.on("request", (request, response) => {
      this.#arrivals.get(request.socket)?.hasOpened();
      options.onRequest(request, response);
    });
    this.#server.on("connect", (_request, socket) => {
      endWith(socket as Socket, options.env, formatHttpError(405, "This is no proxy.", { allow: METHODS.join(", ") }));
    });
    this.#server.on("upgrade", (request, socket, head) => this.#upgrade(request, socket as Socket, head));
    // It never listens itself, but this is what starts the clock for requests that do not come to their end.
    this.#server.emit("listening");
  }

  /** Serves HTTP on a connection that was found to speak it. */
  take(arrival: Arrival, bytes: Uint8Array): void {
    const { socket } = arrival;
    this.#arrivals.set(socket, arrival);
    arrival.mustOpen();
    disown(socket, bytes);
    this.#server.emit("connection", socket);
    socket.resume();
  }

  /** Answers no more requests than those that are under way. */
  close(): void {
    this.#server.close();
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Uint8Array): void {
    const arrival = this.#arrivals.get(socket);
    if (arrival === undefined) {
      socket.destroy();
      return;
    }
    if (!/\bwebsocket\b/i.test(request.headers.upgrade ?? "")) {
      this.#ignoreUpgrade(request, socket, head);
      return;
    }
    this.#arrivals.delete(socket);
    const { origins, proxies, counts, env } = this.#options;
    // On a connection that was kept alive, the time of its first request is over.
    const openBy = Math.min(arrival.openBy, env.clock.now() + env.limits.openTimeoutMs);
    arrival.hasOpened();
    const { method = "", httpVersion, headers } = request;
    const check = checkUpgradeRequest({ method, httpVersion, headers });
    if (!check.accepted) {
      endWith(socket, env, formatHttpError(check.status, check.reason, check.headers));
      return;
    }
    if (hostsOf(request) !== 1) {
      endWith(socket, env, formatHttpError(400, "A WebSocket upgrade has one Host header."));
      return;
    }
    if (!isOriginAllowed(headers.origin, headers.host, origins)) {
      endWith(socket, env, formatHttpError(403, "Pages of this origin may not connect."));
      return;
    }
    const address = proxies.clientOf(arrival.caller.address, request.headersDistinct["x-forwarded-for"]?.join(","));
    if (address !== arrival.caller.address) {
      socket.once("close", () => counts.remove(address));
      if (counts.add(address) > env.limits.maxConnectionsPerAddress) {
        endWith(socket, env, formatHttpError(503, "Too many connections from this address.", { "retry-after": "5" }));
        return;
      }
    }
    const caller = { ...arrival.caller, address };
    this.#begin(socket, check, caller, keptHeaders(request), head, openBy);
  }

  /**
   * Answers in HTTP/1.1 what would rather be something else, as `curl --http2` does (RFC 9110 §7.8). Node has left the
   * connection by then: the request is given to it again, without that wish.
   */
  #ignoreUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage, socket: Socket, head: Uint8Array): void {
    const lines = [`${method} ${url} HTTP/${httpVersion}`];
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const [name = "", value = ""] = rawHeaders.slice(index, index + 2);
      if (!/^(upgrade|connection)$/i.test(name)) lines.push(`${name}: ${value}`);
      else if (/\bclose\b/i.test(value)) lines.push("connection: close");
    }
    socket.unshift(Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), head]));
    this.#server.emit("connection", socket);
  }

  #begin(
    socket: Socket,
    { key, subprotocol }: UpgradeAccepted,
    { address, isSecure }: Caller,
    headers: Peer["headers"],
    head: Uint8Array,
    openBy: number,
  ): void {
    const { env, sessions } = this.#options;
    const accept = createHash("sha1").update(`${key}${ACCEPT_GUID}`).digest("base64");
    const answer = Buffer.from(formatUpgradeResponse(accept, subprotocol));
    if (subprotocol === undefined) {
      const connection = new WebSocketPlainConnection(socket, env, "server");
      connection.share(answer);
      const peer: Peer = { address, form: "websocket", secure: isSecure, headers };
      connection.receiver = sessions.acceptPlain(connection, peer);
      connection.start(head);
    } else {
      const connection = new WebSocketFrameConnection(socket, env, "server");
      connection.share(answer);
      const peer: Peer = { address, form: "bowline-websocket", secure: isSecure, headers };
      connection.receiver = sessions.acceptFrames(connection, peer, openBy);
      connection.start(head);
    }
  }
}

function keptHeaders(request: IncomingMessage): Peer["headers"] {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value === undefined || HANDSHAKE_HEADERS.has(name)) continue;
    kept[name] = typeof value === "string" ? value : value.join(", ");
  }
  return kept;
}
