import { SessionClosedError } from "../runtime/errors.ts";
import type { MessageContext } from "../runtime/ports.ts";
import type { ServerSession } from "../runtime/public-sessions.ts";
import { ServerSessionRun } from "../runtime/server-session.ts";
import type { SessionCore } from "../runtime/session-core.ts";

/** The user's code: one run of it for each session, from open to closed. */
export type Handler = (session: ServerSession) => unknown;

/** A session whose handler can be supervised. */
export interface Supervised extends SessionCore {
  handlerReturned(): void;
  handlerFailed(error: unknown): void;
  /** What the handler had not finished will be given to its next run. False when there will be none. */
  rewind(): boolean;
}

/** Runs handlers: in this thread, or in others. */
export interface HandlerRunner {
  /** Runs the handler for this session, for the first time or again. A run that is under way is replaced. */
  start(core: Supervised): void;
  /** Whether it can take no more sessions now. */
  readonly isShedding: boolean;
  /** Resolves when no handler runs. */
  idle(): Promise<void>;
}

/**
 * Owns every run of every handler of its thread: nobody else calls one, and none of their promises is left alone. What a handler
 * throws ends its own session and is seen by nobody else.
 */
export class Supervisor implements HandlerRunner {
  readonly isShedding = false;
  readonly #handler: Handler;
  readonly #context: MessageContext | undefined;
  readonly #running = new Set<ServerSessionRun>();
  #onIdle: (() => void) | undefined;

  constructor(handler: Handler, context: MessageContext | undefined) {
    this.#handler = handler;
    this.#context = context;
  }

  /** Handlers that have not settled. */
  get running(): number {
    return this.#running.size;
  }

  start(core: Supervised): void {
    const { run } = core;
    const session = new ServerSessionRun(core);
    if (run instanceof ServerSessionRun) this.#running.delete(run);
    this.#running.add(session);
    this.#call(session).then(
      () => this.#settled(core, session, undefined),
      (error: unknown) => this.#settled(core, session, { error }),
    );
  }

  /** The handler's promise; of one that is not async, and of one that throws before its first `await`, too. */
  #call(session: ServerSessionRun): Promise<unknown> {
    const turn = session.firstTurn;
    try {
      const result =
        turn === undefined || this.#context === undefined
          ? this.#handler(session)
          : this.#context.run(turn, () => this.#handler(session));
      return Promise.resolve(result);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #settled(core: Supervised, session: ServerSessionRun, failure: { readonly error: unknown } | undefined): void {
    if (!this.#running.delete(session)) return;
    if (this.#running.size === 0) this.#onIdle?.();
    if (failure === undefined || isOwnEnd(failure.error, core.id)) {
      session.finishReading();
      core.handlerReturned();
    } else {
      core.handlerFailed(failure.error);
    }
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }
}

/** A handler that lets the end of its own session through has not failed. */
function isOwnEnd(error: unknown, sessionId: string): boolean {
  return error instanceof SessionClosedError && error.info.sessionId === sessionId;
}
