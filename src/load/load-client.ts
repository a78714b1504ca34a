import type { Socket } from "node:net";
import type { Target } from "./target.ts";

/** What every client says: 64 bytes. */
export const TEXT = "x".repeat(64);

/**
 * One client of a server under load: it says messages of one size, and counts those that it hears.
 *
 * Clients are cheap, so that a server can be kept busy by one process: what is said is made beforehand where the wire
 * allows it, and what is heard is counted a chunk at a time.
 */
export abstract class LoadClient {
  /** Told with each chunk how many messages it completed. */
  onHeard: (messages: number) => void = ignore;
  /** Told when the connection ends without `leave` or `drop`. */
  onLost: (error: Error) => void = ignore;
  protected readonly socket: Socket;
  #isLeaving = false;
  #fault: Error | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => {
      this.#fault = error;
    });
    socket.on("close", () => {
      if (!this.#isLeaving) this.onLost(this.#fault ?? new Error("the server ended a connection"));
    });
  }

  /** Says so many messages in one write. */
  abstract say(messages: number): void;

  /** How many messages the chunk completes. */
  protected abstract read(chunk: Buffer): number;

  /** The last words of a client that leaves in good order. */
  protected abstract farewell(): Uint8Array;

  /** Leaves as the protocol has it; resolves when the server has ended the connection. */
  leave(): Promise<void> {
    this.#isLeaving = true;
    return new Promise((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.end(this.farewell());
    });
  }

  /** Ends the connection at once, without a port that stays taken. */
  drop(): void {
    this.#isLeaving = true;
    this.socket.resetAndDestroy();
  }

  /** A server that says what it must not ends the run, and not this process. */
  #take(chunk: Buffer): void {
    let messages: number;
    try {
      messages = this.read(chunk);
    } catch (error) {
      this.socket.destroy(error as Error);
      return;
    }
    if (messages > 0) this.onHeard(messages);
  }
}

/** A way to speak with servers. */
export interface Wire {
  /** Resolves when the server has answered, where it answers to anything but messages. */
  open(target: Target): Promise<LoadClient>;
}

/** Dials are made so many at once: more than a server's backlog would wait for a second each. */
const DIALS_AT_ONCE = 100;

/** How long a batch of dials may take. */
const DIAL_TIMEOUT_MS = 20_000;

/** Opens so many connections. */
export async function openClients(wire: Wire, target: Target, count: number): Promise<LoadClient[]> {
  const clients: LoadClient[] = [];
  while (clients.length < count) {
    const batch = Array.from({ length: Math.min(DIALS_AT_ONCE, count - clients.length) }, () => wire.open(target));
    clients.push(...(await inTime(Promise.all(batch))));
  }
  return clients;
}

/** Whoever listens on a port need not speak the same language. */
function inTime<T>(dials: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new Error(`the server did not answer within ${DIAL_TIMEOUT_MS} ms`));
    const timer = setTimeout(late, DIAL_TIMEOUT_MS);
    dials.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function ignore(): void {}
