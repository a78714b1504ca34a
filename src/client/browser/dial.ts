import type { ClientReceiver } from "../../session/client-ports.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

const SUBPROTOCOL = "bowline.1";

/** Opens a WebSocket that speaks Bowline frames. Why one cannot be opened is something that browsers keep to themselves. */
export function dialWebSocket(
  url: string,
  receiver: ClientReceiver,
  signal: AbortSignal,
): Promise<WebSocketConnection> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => resolve(new WebSocketConnection(socket, receiver));
    socket.onclose = () => reject(new Error("no WebSocket could be opened; is a Bowline server there?"));
    // Once it is open, it is not this attempt's any more.
    signal.addEventListener("abort", () => {
      if (socket.readyState === WebSocket.CONNECTING) socket.close();
    });
  });
}
