import type { ClientSession } from "../../runtime/client-session.ts";
import { connectTo } from "../connect.ts";
import type { ConnectOptions } from "../connect-options.ts";
import { dialWebSocket } from "./dial.ts";
import { page } from "./platform.ts";

export { ClientSession } from "../../runtime/client-session.ts";
export { SessionClosedError } from "../../runtime/errors.ts";
export type { ConnectOptions } from "../connect-options.ts";
export { ConnectError } from "../errors.ts";
export { memoryStore } from "../store.ts";
export { indexedDb } from "./indexed-db.ts";

export function connect(url: string, options: ConnectOptions = {}): Promise<ClientSession> {
  const address = new URL(url, location.href);
  address.protocol = address.protocol.replace("http", "ws");
  const { href, protocol } = address;
  return connectTo(
    {
      peer: { address: href, form: "bowline-websocket", secure: protocol === "wss:", headers: {} },
      dial: (receiver, signal) => dialWebSocket(href, receiver, signal),
    },
    page,
    options,
  );
}
