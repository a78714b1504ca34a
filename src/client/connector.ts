import type { CloseFrame } from "../protocol/frames/close.ts";
import type { OpenedFrame } from "../protocol/frames/opened.ts";
import { wordsOf } from "../runtime/errors.ts";
import type { ClientSession } from "../runtime/public-sessions.ts";
import type { CloseInfo } from "../session/close-info.ts";
import { type ClientLimits, clientLimits } from "../session/limits.ts";
import { NEVER } from "../session/never.ts";
import { abortable } from "./abortable.ts";
import { Alarm } from "./alarm.ts";
import { backoffMs } from "./backoff.ts";
import type { ConnectOptions } from "./connect-options.ts";
import { Credentials } from "./credentials.ts";
import { ConnectError } from "./errors.ts";
import { FramedSession } from "./framed-session.ts";
import type { Keep, Keeper } from "./keeper.ts";
import type { Line, Platform, Target } from "./ports.ts";

/** Keeps a session connected: dials, and dials again, until the session ends. */
export class Connector implements Line {
  readonly target: Target;
  readonly limits: ClientLimits;
  readonly platform: Platform;
  readonly alarm: Alarm;
  readonly credentials: Credentials;
  /** The session, once it is open. */
  readonly opened: Promise<ClientSession>;
  readonly #options: ConnectOptions;
  readonly #session: FramedSession;
  readonly #keeper: Keeper | undefined;
  /** Aborts when there is nothing more to listen for. */
  readonly #over = new AbortController();
  /** There until the first connection, or the end. */
  #settle: { resolve(session: ClientSession): void; reject(error: unknown): void } | undefined;
  /** The attempt that is under way, or was the last. */
  #attempt: AbortController | undefined;
  /** What it waits for: a connection, then an answer; and until when. */
  #awaited: "connection" | "answer" | undefined;
  #awaitedBy = NEVER;
  #redialAt = NEVER;
  /** Dials that failed and connections that were lost since a dial succeeded. */
  #failures = 0;

  constructor(target: Target, platform: Platform, options: ConnectOptions, keep: Keep | undefined) {
    this.target = target;
    this.#options = options;
    this.platform = platform;
    this.limits = clientLimits(options.limits);
    this.alarm = new Alarm(platform.clock, (now) =>
      Math.min(session.onTime(now), this.credentials.onTime(now), this.#onTime(now)),
    );
    const instance = Uint8Array.from({ length: 8 }, () => 256 * platform.random());
    const session = new FramedSession(this, instance, options.cursors);
    const { machine } = session;
    this.#session = session;
    this.credentials = new Credentials(options.credential, this.alarm, (bytes) => machine.reauthenticate(bytes));
    this.#keeper = keep?.(machine, (error) => {
      platform.emit({ name: "store-error", sessionId: machine.id, error });
    });
    this.opened = abortable((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    const { signal } = options;
    const abort = (): void => {
      if (this.#settle) this.#leave(signal?.reason);
      else void session.close();
    };
    signal?.addEventListener("abort", abort, this.#over);
    // The network may be there again: there is no point in waiting.
    platform.onWakeUp(() => {
      if (this.#redialAt < NEVER) void this.#dial();
    }, this.#over.signal);
    if (signal?.aborted) abort();
    else void this.#dial();
  }

  async #dial(): Promise<void> {
    this.#redialAt = NEVER;
    const attempt = new AbortController();
    const { signal } = attempt;
    this.#attempt = attempt;
    const { machine } = this.#session;
    this.#await("connection");
    try {
      const credential = await this.credentials.current();
      if (signal.aborted) return;
      const connection = await this.target.dial(machine, signal);
      if (signal.aborted) {
        connection.end();
        return;
      }
      this.#await("answer");
      machine.dial(connection, credential);
    } catch (error) {
      if (!signal.aborted) this.onDisconnected(`${(error as Error | undefined)?.message ?? error}`, {}, error);
    }
  }

  #await(what: "connection" | "answer"): void {
    this.#awaited = what;
    this.#awaitedBy = this.alarm.now() + this.limits.openTimeoutMs;
    this.alarm.wake(this.#awaitedBy);
  }

  /** The attempt is over, whatever came of it. */
  #leaveAttempt(): void {
    this.#attempt?.abort();
    this.#awaitedBy = NEVER;
  }

  /** Connects no more. What a store has kept stays there: another `connect` may have more luck. */
  #leave(error: unknown): void {
    this.#stop(error, false);
    this.#session.machine.leave();
  }

  #stop(error: unknown, hasEnded: boolean): void {
    this.#settle?.reject(error);
    this.#settle = undefined;
    this.#redialAt = NEVER;
    this.#leaveAttempt();
    this.#over.abort();
    this.alarm.stop();
    this.#keeper?.finish(hasEnded);
  }

  #onTime(now: number): number {
    if (now >= this.#awaitedBy) {
      this.#session.machine.giveUp(`no ${this.#awaited} within ${this.limits.openTimeoutMs} ms`);
    }
    if (now >= this.#redialAt) void this.#dial();
    return Math.min(this.#awaitedBy, this.#redialAt);
  }

  // What the session tells.

  onOpened({ expiresInMs }: OpenedFrame): void {
    this.#awaitedBy = NEVER;
    this.#failures = 0;
    this.onChanged();
    this.credentials.onOpened(expiresInMs);
    this.#settle?.resolve(this.#session);
    this.#settle = undefined;
  }

  onDisconnected(reason: string, { code, retryAfterMs = 0 }: Partial<CloseFrame> = {}, cause?: unknown): void {
    this.#leaveAttempt();
    // Refused for its credential, with another at hand: no reason to wait, nor to give up.
    if (code === 4001) {
      void this.#dial();
      return;
    }
    const { waitOnFirstConnect, backoff } = this.#options;
    const rules = this.#settle && !waitOnFirstConnect ? { maxAttempts: 0 } : backoff;
    const delayMs = backoffMs(this.#failures, this.platform.random(), rules);
    this.#failures += 1;
    if (delayMs !== undefined) {
      this.#redialAt = this.alarm.now() + retryAfterMs + delayMs;
      this.alarm.wake(this.#redialAt);
    } else if (this.#settle) {
      this.#leave(new ConnectError(`cannot connect to ${this.target.peer.address}: ${reason}`, { code, cause }));
    } else {
      this.#session.machine.endUnreachable(`gave up: ${reason}`);
    }
  }

  onChanged(): void {
    this.#keeper?.changed();
  }

  onClosed(info: CloseInfo): void {
    const { platform } = this;
    const { peer } = this.target;
    const { code } = info;
    const error = this.#session.closedError();
    this.#stop(new ConnectError(`${peer.address} refused: ${wordsOf(info)}`, { code, info }), true);
    this.credentials.onClosed(error);
    platform.emit({ name: "session-closed", info, peer });
  }
}
