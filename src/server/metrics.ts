import type { ThreadFigures } from "../handlers/thread-pool.ts";
import type { Diagnostic } from "../runtime/ports.ts";
import type { WireForm } from "../session/ports.ts";
import type { Traffic } from "../transport/traffic.ts";
import type { SessionRegistry } from "./session-registry.ts";

/** What a server does and has done, as plain numbers. Sums are since its start. */
export interface Metrics {
  /** Sessions there are now, those included whose client is away. */
  readonly sessions: number;
  readonly sessionsOpened: number;
  readonly sessionsClosed: number;
  /** Rooms that have members here. */
  readonly rooms: number;
  /** Connections that carry sessions now, or are about to. */
  readonly connections: { readonly [Form in WireForm]: number };
  /** Connections that were turned away. */
  readonly refused: number;
  /** Messages of conversations; entries of rooms are not among them. */
  readonly messagesIn: number;
  readonly messagesOut: number;
  /** Bytes of connections that carry sessions, framing included. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Handlers that failed. */
  readonly handlerErrors: number;
  /** Threads that run handlers, and how often one had to be started again. */
  readonly threads: number;
  readonly threadRestarts: number;
  /** Handlers that did not let go of their thread, or filled its heap. */
  readonly handlersStuck: number;
  /** Messages that ended a thread twice. */
  readonly poisonMessages: number;
}

/** Counts what is published. */
export class Counters {
  #opened = 0;
  #closed = 0;
  #refused = 0;
  #handlerErrors = 0;
  #messagesIn = 0;
  #messagesOut = 0;

  count(event: Diagnostic): void {
    switch (event.name) {
      case "session-opened":
        this.#opened += 1;
        break;
      case "session-closed":
        this.#closed += 1;
        this.#messagesIn += event.info.fromClient.received;
        this.#messagesOut += event.info.fromServer.sent;
        break;
      case "connection-refused":
        this.#refused += 1;
        break;
      case "handler-error":
        this.#handlerErrors += 1;
        break;
    }
  }

  /** Messages of live sessions are counted by the sessions themselves, so that counting costs nothing until asked for. */
  read(registry: SessionRegistry, traffic: Traffic): Omit<Metrics, "rooms" | keyof ThreadFigures> {
    let messagesIn = this.#messagesIn;
    let messagesOut = this.#messagesOut;
    for (const core of registry.sessions) {
      messagesIn += core.received;
      messagesOut += core.sent;
    }
    return {
      sessions: registry.size,
      sessionsOpened: this.#opened,
      sessionsClosed: this.#closed,
      connections: { ...traffic.connections },
      refused: this.#refused,
      messagesIn,
      messagesOut,
      bytesIn: traffic.bytesIn,
      bytesOut: traffic.bytesOut,
      handlerErrors: this.#handlerErrors,
    };
  }
}
