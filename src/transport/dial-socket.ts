import { connect, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { explainDialFailure } from "./dial-error.ts";
import type { TransportEnvironment } from "./environment.ts";
import { SOCKET_OPTIONS } from "./socket-owner.ts";

export interface DialOptions {
  readonly env: TransportEnvironment;
  /** Gives the attempt up; rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** For TLS: certificates to trust (`ca`), and the like. */
  readonly tls?: Pick<ConnectionOptions, "ca" | "rejectUnauthorized" | "servername"> | undefined;
  /** For WebSocket: more headers of the request, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A connected socket, paused; on TLS, with the server's certificate checked. Rejects with `DialError`. */
export function dialSocket(host: string, port: number, isSecure: boolean, options: DialOptions): Promise<Socket> {
  const { signal, tls } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // An address is no name to ask for (RFC 6066 §3); the certificate is checked against it all the same.
    const servername = isIP(host) === 0 ? host : "";
    const socket = isSecure
      ? connectTls({ host, port, ALPNProtocols: ["http/1.1"], servername, ...SOCKET_OPTIONS, ...tls })
      : connect({ host, port, ...SOCKET_OPTIONS });
    const stopListening = (): void => {
      socket.off("error", onError);
      signal?.removeEventListener("abort", onAbort);
    };
    const onError = (error: Error): void => {
      stopListening();
      reject(explainDialFailure(host, port, error));
    };
    const onAbort = (): void => {
      stopListening();
      socket.on("error", ignore).destroy();
      reject(signal?.reason);
    };
    socket.once(isSecure ? "secureConnect" : "connect", () => {
      stopListening();
      resolve(socket.pause());
    });
    socket.on("error", onError);
    signal?.addEventListener("abort", onAbort);
  });
}

function ignore(): void {}
