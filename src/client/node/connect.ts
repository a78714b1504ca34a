import type { ClientSession } from "../../runtime/public-sessions.ts";
import { resolveLimits } from "../../session/limits.ts";
import { dialFrames } from "../../transport/dial.ts";
import { connectTo } from "../connect.ts";
import { checkOptions, type NodeConnectOptions } from "./connect-options.ts";
import "./inspection.ts";
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
  checkOptions(options);
  const target = readUrl(url);
  switch (target.protocol) {
    case "tcp:":
    case "tls:":
      return connectPlain(target, options);
    default:
      return connectFramed(target, options);
  }
}

/** A server's URL; a page's means the WebSocket there. */
function readUrl(url: string | URL): URL {
  const text = `${url}`;
  if (!/^(wss?|https?|bowlines?|tcp|tls):\/\/[^/]/i.test(text) || !URL.canParse(text)) {
    throw new TypeError(
      `"${text}" is not a server's URL, such as ws://localhost:8000: ` +
        "that begins with ws://, wss://, http://, https://, bowline://, bowlines://, tcp:// or tls://",
    );
  }
  const read = new URL(text.replace(/^http/i, "ws"));
  // It is not repeated: it would stand in logs.
  if (read.username !== "" || read.password !== "") {
    throw new TypeError("a URL with a name or a password in it is not used: give that as the credential");
  }
  return read;
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
