import type { Socket } from "node:net";
import { type SecureContext, TLSSocket } from "node:tls";
import { ByteWriter } from "../protocol/bytes.ts";
import { CLOSE_CODES } from "../protocol/close-codes.ts";
import { writeClose } from "../protocol/frames/close.ts";
import { encodeLine } from "../protocol/terminal-text.ts";
import type { Peer } from "../runtime/ports.ts";
import { refuse } from "../session/admission.ts";
import type { WireForm } from "../session/ports.ts";
import type { TransportEnvironment } from "../transport/environment.ts";
import { endWith } from "../transport/last-words.ts";
import { LineConnection } from "../transport/line-connection.ts";
import { disown, SOCKET_OPTIONS } from "../transport/socket-owner.ts";
import { TcpFrameConnection } from "../transport/tcp-frame-connection.ts";
import { Arrival, type ArrivalHost, type Caller, type Speech } from "./arrival.ts";
import type { HttpDoor } from "./http-door.ts";
import { formatHttpError } from "./http-error.ts";
import type { SessionServer } from "./session-server.ts";

const NO_HEADERS: Peer["headers"] = Object.freeze({});
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
  /** `lines`: nothing else is spoken here. `tls`: nothing is spoken outside TLS. */
  readonly only: "lines" | "tls" | undefined;
  /** With `only: "lines"`: how long a client may be silent before its session begins without it. */
  readonly greetAfterMs: number | undefined;
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
    const now = env.clock.now();
    const arrival = new Arrival(socket, caller, env, this, now + patienceMs);
    this.#silent.add(arrival);
    if (this.#options.greetAfterMs !== undefined && !caller.isRefused) {
      arrival.greetAt(now + this.#options.greetAfterMs);
    }
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

  onGreet(arrival: Arrival): LineConnection {
    this.#silent.delete(arrival);
    return this.#openLines(arrival);
  }

  onDecided(arrival: Arrival, speech: Speech, bytes: Uint8Array): void {
    const { only, http } = this.#options;
    if (arrival.greeted !== undefined) {
      if (speech === "lines") arrival.greeted.start(bytes);
      else arrival.socket.destroy();
    } else if (speech === "tls") {
      this.#beginTls(arrival, bytes);
    } else if (only === "tls" && !arrival.caller.isSecure) {
      this.#refuse(arrival, speech, "protocol-error", "this port speaks TLS only");
    } else if (only === "lines" && speech !== "lines") {
      arrival.socket.destroy();
    } else if (arrival.caller.isRefused) {
      this.#refuse(arrival, speech, "overloaded", "too many connections from this address");
    } else if (speech === "http") {
      http.take(arrival, bytes);
    } else if (speech === "bowline") {
      this.#beginFrames(arrival, bytes);
    } else if (speech === "lines") {
      this.#openLines(arrival).start(bytes);
    } else {
      this.#refuse(arrival, speech, "protocol-error", "only BOWLINE/1 is spoken here");
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

  #beginFrames({ socket, caller, openBy }: Arrival, bytes: Uint8Array): void {
    const { env, sessions } = this.#options;
    const connection = new TcpFrameConnection(socket, env, "server");
    connection.receiver = sessions.acceptFrames(connection, peerOf(caller, "bowline"), openBy);
    connection.start(bytes);
  }

  #openLines({ socket, caller }: Arrival): LineConnection {
    const { env, sessions } = this.#options;
    const connection = new LineConnection(socket, env, "server");
    connection.receiver = sessions.acceptPlain(connection, peerOf(caller, "lines"));
    return connection;
  }

  /** Says why in the client's own words, and ends the connection. */
  #refuse({ socket, caller }: Arrival, speech: Speech, name: RefusalName, reason: string): void {
    const { env, sessions } = this.#options;
    endWith(socket, env, refusalBytes(speech, name, reason));
    const { code } = CLOSE_CODES[name];
    sessions.options.emit({ name: "connection-refused", address: caller.address, code, reason });
  }
}

type RefusalName = "overloaded" | "protocol-error";

function refusalBytes(speech: Speech, name: RefusalName, reason: string): Uint8Array {
  const isTemporary = name === "overloaded";
  if (speech === "lines") return encodeLine(`error: ${reason}`, "\n");
  if (speech === "http") return formatHttpError(isTemporary ? 503 : 400, `${reason}.`);
  const writer = new ByteWriter();
  writeClose(writer, refuse(name, reason, isTemporary ? RETRY_AFTER_MS : 0).close);
  return writer.take();
}

function peerOf({ address, isSecure }: Caller, form: WireForm): Peer {
  return { address, form, secure: isSecure, headers: NO_HEADERS };
}
