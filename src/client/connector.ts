import type { OpenedFrame } from "../protocol/frames/opened.ts";
import { wordsOf } from "../runtime/errors.ts";
import type { Emit } from "../runtime/ports.ts";
import type { ClientSession, Credential } from "../runtime/public-sessions.ts";
import { type ClientConnection, type Disconnection, unsaid } from "../session/client-ports.ts";
import type { CloseInfo } from "../session/close-info.ts";
import { type ClientLimits, clientLimits } from "../session/limits.ts";
import { abortable } from "./abortable.ts";
import { Alarm } from "./alarm.ts";
import { Backoff } from "./backoff.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { Credentials } from "./credentials.ts";
import { ConnectError } from "./errors.ts";
import { FramedSession } from "./framed-session.ts";
import { Keeper } from "./keeper.ts";
import type { Line, Platform, Target } from "./ports.ts";
import type { OpenStore } from "./store.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Keeps a session connected: dials, and dials again, until the session ends. */
export class Connector implements Line {
  readonly target: Target;
  readonly limits: ClientLimits;
  readonly emit: Emit;
  /** The session, once it is open. */
  readonly opened: Promise<ClientSession>;
  readonly #platform: Platform;
  readonly #session: FramedSession;
  readonly #backoff: Backoff;
  readonly #credentials: Credentials;
  readonly #keeper: Keeper | undefined;
  readonly #waitsOnFirstConnect: boolean;
  readonly #alarm: Alarm;
  readonly #stopListening: () => void;
  /** There until the first connection, or the end. */
  #settle: { resolve(session: ClientSession): void; reject(error: unknown): void } | undefined;
  /** Ends the attempt that is under way, if one is. */
  #attempt: AbortController | undefined;
  #connection: ClientConnection | undefined;
  /** When an attempt without an answer is over, and when the next one begins. */
  #dialBy = NEVER;
  #redialAt = NEVER;

  constructor(target: Target, platform: Platform, options: ConnectOptions, store: OpenStore | undefined) {
    const { random } = platform;
    this.target = target;
    this.#platform = platform;
    this.emit = platform.emit;
    this.limits = clientLimits(options.limits);
    const instance = hexadecimal(random()) + hexadecimal(random());
    const session = new FramedSession(this, instance, options.cursors ?? [], store?.snapshot);
    this.#session = session;
    this.#backoff = new Backoff(random, options.backoff);
    this.#credentials = new Credentials(options.credential, (bytes) => session.machine.reauthenticate(bytes));
    this.#alarm = new Alarm(platform.clock, (now) =>
      Math.min(session.onTime(now), this.#credentials.onTime(now), this.#onTime(now)),
    );
    if (store !== undefined) {
      const onFailed = (error: unknown): void => this.emit({ name: "store-error", sessionId: session.id, error });
      this.#keeper = new Keeper(store, session.machine, onFailed);
    }
    this.#waitsOnFirstConnect = options.waitOnFirstConnect ?? false;
    this.opened = abortable(undefined, (resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const { signal } = options;
    const abort = (): void => {
      if (this.#settle === undefined) void session.close();
      else this.#leave(signal?.reason);
    };
    signal?.addEventListener("abort", abort);
    // The network may be there again: there is no point in waiting.
    const stopWakingUp = platform.onWakeUp(() => {
      if (this.#redialAt !== NEVER) this.#dial();
    });
    this.#stopListening = () => {
      signal?.removeEventListener("abort", abort);
      stopWakingUp();
    };
    this.#dial();
  }

  readonly now = (): number => this.#platform.clock.now();

  wake(atMs: number): void {
    this.#alarm.wake(atMs);
  }

  #dial(): void {
    this.#redialAt = NEVER;
    this.#attempt = new AbortController();
    this.#dialBy = this.now() + this.limits.openTimeoutMs;
    this.wake(this.#dialBy);
    void this.#tryToDial(this.#attempt.signal);
  }

  async #tryToDial(signal: AbortSignal): Promise<void> {
    try {
      const credential = await this.#credentials.current();
      if (signal.aborted) return;
      const { machine } = this.#session;
      const connection = await this.target.dial(machine, signal);
      if (signal.aborted) {
        connection.end();
        return;
      }
      this.#connection = connection;
      this.#dialBy = this.now() + this.limits.openTimeoutMs;
      this.wake(this.#dialBy);
      machine.dial(connection, credential);
    } catch (error) {
      if (!signal.aborted) this.onDisconnected(unsaid(error instanceof Error ? error.message : String(error)), error);
    }
  }

  /** The attempt is over, whatever came of it. */
  #leaveAttempt(): void {
    this.#attempt?.abort();
    this.#dialBy = NEVER;
  }

  /** Connects no more. What a store has kept stays there: another `connect` may have more luck. */
  #leave(error: unknown): void {
    this.#settle?.reject(error);
    this.#stop();
    this.#session.machine.leave();
    this.#keeper?.finish(false);
  }

  #stop(): void {
    this.#settle = undefined;
    this.#redialAt = NEVER;
    this.#leaveAttempt();
    this.#stopListening();
    this.#alarm.stop();
  }

  #onTime(now: number): number {
    if (now >= this.#dialBy) {
      const { openTimeoutMs } = this.limits;
      if (this.#connection === undefined) this.onDisconnected(unsaid(`no connection within ${openTimeoutMs} ms`));
      else this.#session.machine.giveUp("the server did not answer OPEN in time");
    }
    if (now >= this.#redialAt) this.#dial();
    return Math.min(this.#dialBy, this.#redialAt);
  }

  // What the session tells.

  reauthenticate(credential: Credential): Promise<void> {
    return this.#credentials.offer(credential);
  }

  onOpened({ expiresInMs }: OpenedFrame): void {
    this.#dialBy = NEVER;
    this.#backoff.failures = 0;
    this.onChanged();
    this.#credentials.onOpened(expiresInMs, this.now());
    this.#wakeToRenew();
    this.#settle?.resolve(this.#session);
    this.#settle = undefined;
  }

  onDisconnected(why: Disconnection, cause?: unknown): void {
    this.#leaveAttempt();
    this.#connection = undefined;
    // Refused for its credential, with another at hand: no reason to wait, nor to give up.
    if (why.code === 4001) {
      this.#dial();
      return;
    }
    const isFirst = this.#settle !== undefined;
    const delayMs = isFirst && !this.#waitsOnFirstConnect ? undefined : this.#backoff.next();
    if (delayMs !== undefined) {
      this.#redialAt = this.now() + why.retryAfterMs + delayMs;
      this.wake(this.#redialAt);
    } else if (isFirst) {
      const code = why.code === 0 ? undefined : why.code;
      this.#leave(new ConnectError(`cannot connect to ${this.target.peer.address}: ${why.reason}`, { code, cause }));
    } else {
      this.#session.machine.endUnreachable(`no connection any more: ${why.reason}`);
    }
  }

  onCredentialRefused(): boolean {
    return this.#credentials.mayAskAgain();
  }

  onAuthed(accepted: boolean, expiresInMs: number): void {
    this.#credentials.onAuthed(accepted, expiresInMs, this.now());
    this.#wakeToRenew();
  }

  #wakeToRenew(): void {
    this.wake(this.#credentials.onTime(this.now()));
  }

  onChanged(): void {
    this.#keeper?.changed();
  }

  onClosed(info: CloseInfo): void {
    const { code } = info;
    const error = this.#session.closedError();
    this.#settle?.reject(new ConnectError(`${this.target.peer.address} refused: ${wordsOf(info)}`, { code, info }));
    this.#stop();
    this.#credentials.onClosed(error);
    this.#keeper?.finish(true);
    this.emit({ name: "session-closed", info, peer: this.target.peer });
  }
}

function hexadecimal(random: number): string {
  return Math.floor(random * 2 ** 32)
    .toString(16)
    .padStart(8, "0");
}
