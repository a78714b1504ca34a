import type { ClientSession } from "../../runtime/public-sessions.ts";
import { resolveLimits } from "../../session/limits.ts";
import { dialFrames } from "../../transport/dial.ts";
import { connectTo } from "../connect.ts";
import type { NodeConnectOptions } from "./connect-options.ts";
import { connectPlain } from "./connect-plain.ts";
import { node, transportFor } from "./platform.ts";

/**
 * Opens a session.
 *
 * `ws:` and `wss:` (also spelled `http:` and `https:`) connect by WebSocket, `bowline:` and `bowlines:` by TCP and TLS;
 * such a session reconnects by itself, as often as it must. `tcp:` and `tls:` are plain lines: one connection, no
 * resuming. The default port is WebSocket's own, otherwise 8000.
 *
 * Rejects with `ConnectError` when the first attempt fails (see `waitOnFirstConnect`) or the server refuses, with the
 * signal's reason when that aborts, and with `TypeError` or `RangeError` for a URL or options that cannot be.
 */
export async function connect(url: string | URL, options: NodeConnectOptions = {}): Promise<ClientSession> {
  const { href } = new URL(url);
  const target = new URL(href.replace(/^http/, "ws"));
  switch (target.protocol) {
    case "tcp:":
    case "tls:":
      return connectPlain(target, options);
    case "ws:":
    case "wss:":
    case "bowline:":
    case "bowlines:":
      return connectFramed(target, options);
    default:
      throw new TypeError(`${target.protocol} is none of ws:, wss:, bowline:, bowlines:, tcp: and tls:`);
  }
}

function connectFramed(url: URL, options: NodeConnectOptions): Promise<ClientSession> {
  const { tls, headers } = options;
  const env = transportFor(resolveLimits(options.limits));
  const form = url.protocol.startsWith("ws") ? "bowline-websocket" : "bowline";
  const secure = url.protocol === "wss:" || url.protocol === "bowlines:";
  return connectTo(
    {
      peer: { address: url.href, form, secure, headers: {} },
      async dial(receiver, signal) {
        const connection = await dialFrames(url, { env, signal, tls, headers });
        connection.receiver = receiver;
        connection.start();
        return connection;
      },
    },
    node,
    options,
  );
}
