import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import { writeClose } from "../protocol/frames/close.ts";
import type { Peer } from "../runtime/ports.ts";
import { refuse } from "../session/admission.ts";
import type { WireForm } from "../session/ports.ts";
import type { TransportEnvironment } from "../transport/environment.ts";
import { LineConnection } from "../transport/line-connection.ts";
import { disown, SOCKET_OPTIONS } from "../transport/socket-owner.ts";
import { TcpFrameConnection } from "../transport/tcp-frame-connection.ts";
import { Arrival, type ArrivalHost, type Caller, type Speech } from "./arrival.ts";
import type { HttpDoor } from "./http-door.ts";
import type { SessionServer } from "./session-server.ts";

const NO_HEADERS: Peer["headers"] = Object.freeze({});
const TOO_MANY = "too many connections from this address";
/** Clients that found no room should not be back at once. */
const RETRY_AFTER_MS = 5_000;
/** A client that is to be refused must say soon what it speaks. */
const REFUSED_PATIENCE_MS = 1_000;

export interface ReceptionOptions {
  readonly env: TransportEnvironment;
  readonly sessions: SessionServer;
  readonly http: HttpDoor;
  /** Without it, TLS is not spoken here. */
  readonly secureContext: SecureContext | undefined;
}

/** Receives connections, finds out what each speaks, and takes it where that is understood. */
export class Reception implements ArrivalHost {
  readonly #options: ReceptionOptions;
  /** Those that have not sent a byte, oldest first. */
  readonly #silent = new Set<Arrival>();

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** A connection comes in. */
  welcome(socket: Socket, caller: Caller): void {
    const { env } = this.#options;
    const patienceMs = caller.isRefused ? REFUSED_PATIENCE_MS : env.limits.silentTimeoutMs;
    this.#silent.add(new Arrival(socket, caller, env, this, env.clock.now() + patienceMs));
  }

  /** Drops up to `count` of the connections that have been silent for longest; returns how many there were. */
  shedSilent(count: number): number {
    let shed = 0;
    for (const arrival of this.#silent) {
      if (shed === count) break;
      shed += 1;
      this.#silent.delete(arrival);
      arrival.socket.destroy();
    }
    return shed;
  }

  /** Drops everybody who has said nothing. */
  close(): void {
    this.shedSilent(this.#silent.size);
  }

  onFirstByte(arrival: Arrival): void {
    this.#silent.delete(arrival);
  }

  onGone(arrival: Arrival): void {
    this.#silent.delete(arrival);
  }

  onDecided(arrival: Arrival, speech: Speech, bytes: Uint8Array): void {
    switch (speech) {
      case "tls":
        this.#beginTls(arrival, bytes);
        break;
      case "http":
        this.#options.http.take(arrival, bytes);
        break;
      case "bowline":
        this.#beginFrames(arrival, bytes);
        break;
      case "unknown-version":
        this.#refuseFrames(arrival, "protocol-error", "only BOWLINE/1 is spoken here");
        break;
      case "lines":
        this.#beginLines(arrival, bytes);
        break;
    }
  }

  /** What is inside is decided by the same rules, on a socket of its own. */
  #beginTls(arrival: Arrival, bytes: Uint8Array): void {
    const { secureContext, env } = this.#options;
    const { socket, caller } = arrival;
    if (secureContext === undefined || caller.isSecure || caller.isRefused) {
      socket.destroy();
      return;
    }
    disown(socket, bytes);
    // Browsers would speak HTTP/2 if they were not told.
    const ALPNProtocols = ["http/1.1"];
    const options = { ...SOCKET_OPTIONS, isServer: true, secureContext, ALPNProtocols };
    const secured = new TLSSocket(socket, options);
    const inner = new Arrival(secured, { ...caller, isSecure: true }, env, this, arrival.openBy);
    // It has proved that it is there, and may think: a person at a terminal, or a browser's spare connection.
    secured.once("secure", () => {
      inner.beSilentUntil(env.clock.now() + env.limits.silentTimeoutMs);
      this.#silent.add(inner);
    });
  }

  #beginFrames(arrival: Arrival, bytes: Uint8Array): void {
    if (arrival.caller.isRefused) {
      this.#refuseFrames(arrival, "overloaded", TOO_MANY);
      return;
    }
    const { env, sessions } = this.#options;
    const connection = new TcpFrameConnection(arrival.socket, env, "server");
    connection.receiver = sessions.acceptFrames(connection, peerOf(arrival.caller, "bowline"), arrival.openBy);
    connection.start(bytes);
  }

  #refuseFrames(arrival: Arrival, name: "overloaded" | "protocol-error", reason: string): void {
    const connection = new TcpFrameConnection(arrival.socket, this.#options.env, "server");
    connection.start();
    writeClose(connection.writer, refuse(name, reason, name === "overloaded" ? RETRY_AFTER_MS : 0).close);
    connection.end();
    this.#reportRefusal(arrival.caller, CLOSE_CODES[name].code, reason);
  }

  #beginLines(arrival: Arrival, bytes: Uint8Array): void {
    const { env, sessions } = this.#options;
    const connection = new LineConnection(arrival.socket, env, "server");
    if (arrival.caller.isRefused) {
      const { code } = CLOSE_CODES.overloaded;
      connection.start();
      connection.close(code, TOO_MANY);
      this.#reportRefusal(arrival.caller, code, TOO_MANY);
      return;
    }
    connection.receiver = sessions.acceptPlain(connection, peerOf(arrival.caller, "lines"));
    connection.start(bytes);
  }

  #reportRefusal({ address }: Caller, code: number, reason: string): void {
    this.#options.sessions.options.emit({ name: "connection-refused", address, code, reason });
  }
}

function peerOf({ address, isSecure }: Caller, form: WireForm): Peer {
  return { address, form, secure: isSecure, headers: NO_HEADERS };
}
