import type { Socket } from "node:net";
import { SUBPROTOCOL } from "../protocol/websocket/handshake.ts";
import { DialError } from "./dial-error.ts";
import { type DialOptions, dialSocket } from "./dial-socket.ts";
import { dialUpgraded, hostOf } from "./dial-websocket.ts";
import { LineConnection } from "./line-connection.ts";
import { TcpFrameConnection } from "./tcp-frame-connection.ts";
import { WebSocketFrameConnection } from "./websocket-frame-connection.ts";
import { WebSocketPlainConnection } from "./websocket-plain-connection.ts";

export type { DialOptions } from "./dial-socket.ts";

const PREFACE = Buffer.from("BOWLINE/1\n");
const DEFAULT_PORT = 8_000;

/**
 * Opens a connection for Bowline frames: `bowline:`, `bowlines:` (TLS), `ws:` or `wss:`.
 *
 * Give it a receiver, then `start` it. Rejects with `DialError`, whose message is a plain sentence.
 */
export async function dialFrames(
  url: URL,
  options: DialOptions,
): Promise<TcpFrameConnection | WebSocketFrameConnection> {
  switch (url.protocol) {
    case "ws:":
    case "wss:":
      return new WebSocketFrameConnection(await dialUpgraded(url, SUBPROTOCOL, options), options.env, "client");
    case "bowline:":
    case "bowlines:": {
      const connection = new TcpFrameConnection(await dialPort(url, "bowlines:", options), options.env, "client");
      connection.share(PREFACE);
      return connection;
    }
    default:
      throw new DialError(`${url.protocol} is none of bowline:, bowlines:, ws: and wss:`);
  }
}

/** Opens a connection for plain messages: lines on `tcp:` or `tls:`, bare WebSocket on `ws:` or `wss:`. */
export async function dialPlain(url: URL, options: DialOptions): Promise<LineConnection | WebSocketPlainConnection> {
  switch (url.protocol) {
    case "ws:":
    case "wss:":
      return new WebSocketPlainConnection(await dialUpgraded(url, undefined, options), options.env, "client");
    case "tcp:":
    case "tls:":
      return new LineConnection(await dialPort(url, "tls:", options), options.env, "client");
    default:
      throw new DialError(`${url.protocol} is none of tcp:, tls:, ws: and wss:`);
  }
}

function dialPort(url: URL, secureProtocol: string, options: DialOptions): Promise<Socket> {
  const port = url.port === "" ? DEFAULT_PORT : Number(url.port);
  return dialSocket(hostOf(url), port, url.protocol === secureProtocol, options);
}
