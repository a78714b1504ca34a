import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** Where a server under load is. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
  /** For WebSocket: path and query. */
  readonly path: string;
}

/** A connected socket. Rejects with what the system says. */
export function openSocket({ host, port, isSecure }: Target): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const options = { host, port, noDelay: true };
    const socket = isSecure ? connectTls({ ...options, servername: host }) : connect(options);
    socket.once("error", reject);
    socket.once(isSecure ? "secureConnect" : "connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
