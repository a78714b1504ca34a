import { CLOSE_CODES } from "../protocol/close-codes.ts";
import { ClientCore, type Dialer } from "../runtime/client-core.ts";
import { type ClientActions, ClientSessionRun } from "../runtime/client-session.ts";
import type { Timed } from "../runtime/deadlines.ts";
import type { Environment, FrameConnection } from "../runtime/ports.ts";
import type { ClientSession, Credential } from "../runtime/public-sessions.ts";
import type { ClientRoom } from "../runtime/room.ts";
import { quietly } from "../runtime/session-core.ts";
import { type Disconnection, unsaid } from "../session/client-machine.ts";
import type { CloseInfo } from "../session/close-info.ts";
import { resolveLimits } from "../session/limits.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { Credentials } from "./credentials.ts";
import { ConnectError } from "./errors.ts";
import { Keeper } from "./keeper.ts";
import type { Platform, Target } from "./ports.ts";
import type { OpenStore } from "./store.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Keeps a session connected: dials, and dials again, until the session ends. */
export class Connector implements Dialer, ClientActions, Timed {
  /** The session, once it is open. */
  readonly session: Promise<ClientSession>;
  deadlineAt = 0;
  deadlineIndex = -1;
  readonly #env: Environment;
  readonly #target: Target;
  readonly #core: ClientCore;
  readonly #backoff: Backoff;
  readonly #credentials: Credentials;
  readonly #keeper: Keeper | undefined;
  readonly #waitsOnFirstConnect: boolean;
  readonly #stopListening: () => void;
  /** There until the first connection, or the end. */
  #settle: { resolve(session: ClientSession): void; reject(error: unknown): void } | undefined;
  #attempt: AbortController | undefined;
  #connection: FrameConnection | undefined;
  #dialBy = NEVER;
  #redialAt = NEVER;

  constructor(target: Target, platform: Platform, options: ConnectOptions, store: OpenStore | undefined) {
    const { clock, emit } = platform;
    const limits = resolveLimits(options.limits);
    const env = { clock, emit, limits, deadlines: new Alarm(clock), context: undefined, rooms: undefined };
    const instance = hexadecimal(platform.random()) + hexadecimal(platform.random());
    const core = new ClientCore(env, target.peer, this, {
      instance,
      cursors: options.cursors,
      snapshot: store?.snapshot,
    });
    this.#env = env;
    this.#target = target;
    this.#core = core;
    this.#backoff = new Backoff(platform.random, options.backoff);
    this.#credentials = new Credentials(env, options.credential, (bytes) => core.machine.reauthenticate(bytes));
    if (store !== undefined) {
      const onFailed = (error: unknown): void => emit({ name: "store-error", sessionId: core.id, error });
      this.#keeper = new Keeper(store, core, onFailed);
    }
    this.#waitsOnFirstConnect = options.waitOnFirstConnect ?? false;
    this.session = quietly(
      new Promise((resolve, reject) => {
        this.#settle = { resolve, reject };
      }),
    );
    const { signal } = options;
    const abort = (): void => this.#abort(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    const stopWakingUp = platform.onWakeUp(() => this.#hurry());
    this.#stopListening = () => {
      signal?.removeEventListener("abort", abort);
      stopWakingUp();
    };
    this.#dial();
  }

  #dial(): void {
    this.#redialAt = NEVER;
    this.#attempt = new AbortController();
    this.#dialBy = this.#env.clock.now() + this.#env.limits.openTimeoutMs;
    this.#env.deadlines.wake(this, this.#dialBy);
    void this.#tryToDial(this.#attempt);
  }

  async #tryToDial(attempt: AbortController): Promise<void> {
    try {
      const credential = await this.#credentials.current();
      if (attempt.signal.aborted) return;
      const connection = await this.#target.dial(this.#core, attempt.signal);
      if (attempt.signal.aborted) connection.end();
      else this.#carry(connection, credential);
    } catch (error) {
      if (attempt.signal.aborted) return;
      this.#leaveAttempt();
      this.#failed(unsaid(error instanceof Error ? error.message : String(error)), error);
    }
  }

  #carry(connection: FrameConnection, credential: Uint8Array): void {
    this.#leaveAttempt();
    this.#connection = connection;
    this.#core.machine.dial(connection, credential, this.#env.clock.now());
  }

  /** The attempt is over, whatever came of it. */
  #leaveAttempt(): void {
    this.#attempt?.abort();
    this.#attempt = undefined;
    this.#dialBy = NEVER;
  }

  #failed(why: Disconnection, cause?: unknown): void {
    const delayMs = this.#settle === undefined || this.#waitsOnFirstConnect ? this.#backoff.next() : undefined;
    if (delayMs === undefined) {
      this.#giveUp(why, cause);
      return;
    }
    this.#redialAt = this.#env.clock.now() + why.retryAfterMs + delayMs;
    this.#env.deadlines.wake(this, this.#redialAt);
  }

  #giveUp(why: Disconnection, cause: unknown): void {
    if (this.#settle === undefined) {
      this.#core.machine.endUnreachable(`no connection any more: ${why.reason}`, this.#env.clock.now());
      return;
    }
    const code = why.code === 0 ? undefined : why.code;
    this.#leave(new ConnectError(`cannot connect to ${this.#target.peer.address}: ${why.reason}`, { code, cause }));
  }

  /** Connects no more. What a store has kept stays there: another `connect` may have more luck. */
  #leave(error: unknown): void {
    this.#reject(error);
    this.#stop();
    // It is history to the session before it ends: else its end would be a reason to dial again.
    this.#core.machine.disconnected(this.#env.clock.now());
    this.#connection?.end();
    this.#keeper?.leave();
  }

  #reject(error: unknown): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
  }

  #stop(): void {
    this.#leaveAttempt();
    this.#stopListening();
    this.#env.deadlines.cancel(this);
    this.#env.deadlines.cancel(this.#core);
  }

  #abort(reason: unknown): void {
    if (this.#settle === undefined) void this.session.then((session) => session.close());
    else this.#leave(reason);
  }

  /** The network may be there again: there is no point in waiting. */
  #hurry(): void {
    if (this.#redialAt !== NEVER) this.#dial();
  }

  onTime(now: number): number {
    if (now >= this.#dialBy) {
      this.#leaveAttempt();
      this.#failed(unsaid(`no connection within ${this.#env.limits.openTimeoutMs} ms`));
    }
    if (now >= this.#redialAt) this.#dial();
    return Math.min(this.#dialBy, this.#redialAt);
  }

  // What the session asks for.

  room(name: string): ClientRoom {
    return this.#core.room(name);
  }

  reauthenticate(credential: Credential): Promise<void> {
    if (this.#core.isEnding) return quietly(Promise.reject(this.#core.closedError()));
    return this.#credentials.offer(credential);
  }

  // What the session tells.

  onOpened(): void {
    this.#backoff.reset();
    this.#keeper?.changed();
    this.#credentials.onOpened(this.#core.machine.expiresInMs);
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.resolve(new ClientSessionRun(this.#core, this));
  }

  onDisconnected(why: Disconnection): void {
    // Refused for its credential, with another at hand: no reason to wait, nor to give up.
    if (why.code === CLOSE_CODES.unauthenticated.code) this.#dial();
    else this.#failed(why);
  }

  onCredentialRefused(): boolean {
    return this.#credentials.mayAskAgain();
  }

  onAuthed(accepted: boolean, expiresInMs: number): void {
    this.#credentials.onAuthed(accepted, expiresInMs);
  }

  onChanged(): void {
    this.#keeper?.changed();
  }

  onClosed(info: CloseInfo): void {
    const { code, name, reason } = info;
    const why = reason === "" ? `${name} (${code})` : `${name} (${code}), ${reason}`;
    this.#reject(new ConnectError(`${this.#target.peer.address} refused: ${why}`, { code, info }));
    this.#stop();
    this.#credentials.onClosed(this.#core.closedError());
    this.#keeper?.forget();
  }
}

function hexadecimal(random: number): string {
  return Math.floor(random * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
}
