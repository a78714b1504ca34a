import type { ClientSession } from "../../runtime/public-sessions.ts";
import { connectTo } from "../connect.ts";
import type { ConnectOptions } from "../connect-options.ts";
import { page } from "./platform.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

const SUBPROTOCOL = "bowline.1";

/**
 * Opens a session by WebSocket: `ws:` or `wss:` (also spelled `http:` and `https:`), or a path on the page's own server.
 *
 * It reconnects by itself, as often as it must. Rejects with `ConnectError` when the first attempt fails (see
 * `waitOnFirstConnect`) or the server refuses, with the signal's reason when that aborts, and with `TypeError` or
 * `RangeError` for a URL or options that cannot be.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<ClientSession> {
  const target = new URL(url, location.href);
  target.protocol = target.protocol.replace("http", "ws");
  const { href, protocol } = target;
  return connectTo(
    {
      peer: { address: href, form: "bowline-websocket", secure: protocol === "wss:", headers: {} },
      dial: (receiver, signal) =>
        new Promise((resolve, reject) => {
          const socket = new WebSocket(href, SUBPROTOCOL);
          socket.binaryType = "arraybuffer";
          socket.onopen = () => resolve(new WebSocketConnection(socket, receiver));
          // Why it cannot be opened is something that browsers keep to themselves.
          socket.onclose = () => reject(new Error("no WebSocket could be opened"));
          // A connection that was made has said all that it had to by then.
          signal.addEventListener("abort", () => socket.close());
        }),
    },
    page,
    options,
  );
}
