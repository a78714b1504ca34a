import { CLOSE_CODES } from "../protocol/close-codes.ts";
import type { Clock } from "../runtime/deadlines.ts";
import type { Emit } from "../runtime/ports.ts";
import { type Ended, HandlerThread, type HandlerThreadOptions, type ThreadOwner } from "./handler-thread.ts";
import type { RemoteRun } from "./remote-run.ts";
import { Restarts } from "./restarts.ts";
import type { HandlerRunner, Supervised } from "./supervisor.ts";
import { type Suspect, Trials } from "./trials.ts";

/** How often it is looked whether threads live. */
const LOOK_MS = 50;
const SLACK_MS = 500;
/** A look that comes later than this was late itself: this process was stopped, and accuses nobody of it. */
const LATE_MS = 2 * LOOK_MS;

export interface ThreadPoolOptions extends Omit<HandlerThreadOptions, "now"> {
  /** Threads that are kept running. */
  readonly threads: number;
  /** Sessions that one thread takes; when all have so many, another is started, and ends with its last session. */
  readonly sessionsPerThread: number;
  readonly clock: Clock;
  readonly emit: Emit;
}

/** What the threads of a server are doing, and have done. */
export interface ThreadFigures {
  readonly threads: number;
  readonly threadRestarts: number;
  readonly handlersStuck: number;
  readonly poisonMessages: number;
}

/**
 * Runs handlers in threads of their own, and starts them again when a thread ends: without the session that ended it, when
 * it is certain which that was. Of all the others the connections stay, and what they had not finished is given to their
 * next run.
 */
export class ThreadPool implements HandlerRunner, ThreadOwner {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<HandlerThread>();
  /** Sessions whose handler has not come to its end. */
  readonly #running = new Set<Supervised>();
  /** Sessions that wait for a thread. */
  readonly #waiting: Supervised[] = [];
  readonly #trials: Trials;
  /** Messages in hand when a thread ended for which nobody could be named. */
  readonly #strikes = new WeakMap<Supervised, number>();
  readonly #restarts = new Restarts();
  #threadRestarts = 0;
  #handlersStuck = 0;
  #poisonMessages = 0;
  #isClosed = false;
  #onIdle: (() => void) | undefined;
  #lookedAt: number;
  #lookTimer: unknown;
  #retryTimer: unknown;
  #starting: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  private constructor(options: ThreadPoolOptions) {
    this.#options = options;
    this.#lookedAt = options.clock.now();
    const pool = this;
    this.#trials = new Trials({
      spawn: () => this.#spawnApart(),
      get maySpawn() {
        return !pool.#isClosed && pool.#retryTimer === undefined;
      },
      adopt: (thread) => void this.#threads.add(thread),
      again: (core) => this.#again(core),
      onDone: (core) => this.#isDone(core),
      blame: (run, ended) => this.#blame(run, ended, true),
      // Whoever hangs is noticed before.
      patienceMs: 2 * options.stuckAfterMs + SLACK_MS,
    });
  }

  /** Starts the threads. Rejects with what the module throws, when it cannot be loaded. */
  static async start(options: ThreadPoolOptions): Promise<ThreadPool> {
    const pool = new ThreadPool(options);
    const started = new Promise<void>((resolve, reject) => {
      pool.#starting = { resolve, reject };
    });
    for (let count = 0; count < options.threads; count += 1) pool.#spawn();
    pool.#look();
    try {
      await started;
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  get isShedding(): boolean {
    return this.#retryTimer !== undefined;
  }

  figures(): ThreadFigures {
    return {
      threads: this.#threads.size + (this.#trials.thread === undefined ? 0 : 1),
      threadRestarts: this.#threadRestarts,
      handlersStuck: this.#handlersStuck,
      poisonMessages: this.#poisonMessages,
    };
  }

  start(core: Supervised): void {
    this.#running.add(core);
    const thread = this.#roomiest();
    if (thread !== undefined) thread.begin(core);
    else this.#waiting.push(core);
  }

  /** The thread with the fewest sessions; a new one when all are full. */
  #roomiest(): HandlerThread | undefined {
    let best: HandlerThread | undefined;
    for (const thread of this.#threads) {
      if (
        thread.isUsable &&
        thread.takesMore &&
        thread.runs.size < (best?.runs.size ?? this.#options.sessionsPerThread)
      )
        best = thread;
    }
    return best ?? (this.#retryTimer === undefined && !this.#isClosed ? this.#spawn() : undefined);
  }

  #spawn(): HandlerThread {
    const { clock } = this.#options;
    const thread = new HandlerThread({ ...this.#options, now: () => clock.now() }, this);
    this.#threads.add(thread);
    return thread;
  }

  /** A thread that takes no sessions but those that it is given by name, and ends with them. */
  #spawnApart(): HandlerThread {
    const thread = this.#spawn();
    this.#threads.delete(thread);
    thread.takesMore = false;
    return thread;
  }

  async idle(): Promise<void> {
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const { clock } = this.#options;
    clock.clearTimer(this.#lookTimer);
    if (this.#retryTimer !== undefined) clock.clearTimer(this.#retryTimer);
    const threads = [...this.#threads];
    if (this.#trials.thread !== undefined) threads.push(this.#trials.thread);
    for (const thread of threads) thread.stop("done");
    await Promise.all(threads.map(({ gone }) => gone));
  }

  // What threads tell.

  onReady(thread: HandlerThread, tookMs: number): void {
    this.#options.emit({ name: "thread-started", thread: thread.id, tookMs });
    if ([...this.#threads].some(({ isReady }) => !isReady)) return;
    this.#starting?.resolve();
    this.#starting = undefined;
  }

  onQuiet(run: RemoteRun): void {
    this.#trials.onQuiet(run);
  }

  onSettled(run: RemoteRun): void {
    if (run.session.run === run) this.#isDone(run.session);
  }

  #isDone(core: Supervised): void {
    this.#running.delete(core);
    if (this.#running.size === 0) this.#onIdle?.();
  }

  onEnd(thread: HandlerThread, ended: Ended): void {
    const isTrial = this.#trials.thread === thread;
    const runs = [...thread.runs.values()].filter((run) => !run.isSettled);
    this.#threads.delete(thread);
    if (this.#starting !== undefined) {
      this.#starting.reject(ended.error);
      return;
    }
    this.#options.emit({
      name: "thread-ended",
      thread: thread.id,
      why: ended.why,
      error: ended.error,
      sessions: runs.length,
    });
    if (this.#isClosed) return;
    if (isTrial) this.#trials.onEnd(runs, ended);
    else this.#recover(runs, ended);
  }

  /** A thread that others depended on is gone. */
  #recover(runs: readonly RemoteRun[], ended: Ended): void {
    if (ended.why !== "done") {
      this.#threadRestarts += 1;
      const delayMs = this.#restarts.add(this.#options.clock.now(), this.#options.threads);
      if (delayMs > 0) this.#backOff(delayMs);
    }
    this.#fill();
    // Alone in its thread, it can have been nobody else.
    const culprit = ended.culprit ?? (runs.length === 1 && ended.why !== "start" ? runs[0] : undefined);
    const suspects: Suspect[] = [];
    for (const run of runs) {
      if (run === culprit) this.#blame(run, ended, false);
      else if (culprit === undefined && this.#isSuspect(run, ended))
        suspects.push({ core: run.session, messages: run.inHand.length });
      else this.#again(run.session);
    }
    for (const core of this.#waiting.splice(0)) this.start(core);
    this.#trials.add(suspects);
  }

  /** An error that is nobody's may be anybody's: who is in the middle of the same message the second time is suspected. */
  #isSuspect(run: RemoteRun, { why }: Ended): boolean {
    if (why === "start" || why === "done" || !run.isSuspect) return false;
    if (why === "stuck" || why === "heap") return true;
    const [message = 0] = run.inHand;
    const isSecond = this.#strikes.get(run.session) === message;
    this.#strikes.set(run.session, message);
    return isSecond;
  }

  /** Starts as many threads as are to be kept, if that may be done now. */
  #fill(): void {
    if (this.#retryTimer !== undefined) return;
    for (let count = this.#kept; count < this.#options.threads; count += 1) this.#spawn();
  }

  /** Threads that sessions can be added to. */
  get #kept(): number {
    let count = 0;
    for (const thread of this.#threads) if (thread.takesMore && thread.isUsable) count += 1;
    return count;
  }

  /** Runs the handler again, if its session goes on. */
  #again(core: Supervised): void {
    if (core.rewind()) this.start(core);
    else this.#isDone(core);
  }

  /** Closes the session that has ended its thread. */
  #blame(run: RemoteRun, ended: Ended, isPoison: boolean): void {
    const { emit } = this.#options;
    const { session } = run;
    const message = ended.message || (run.inHand.at(-1) ?? 0);
    const isStuck = ended.why === "stuck" || ended.why === "heap";
    if (isPoison) {
      this.#poisonMessages += 1;
      emit({ name: "poison-message", sessionId: session.id, message });
    }
    if (ended.why === "stuck" || ended.why === "heap") {
      this.#handlersStuck += 1;
      emit({ name: "handler-stuck", sessionId: session.id, message, why: ended.why, stack: ended.stack });
    } else {
      emit({ name: "handler-error", sessionId: session.id, error: ended.error });
    }
    const { code } = CLOSE_CODES[isStuck ? "handler-stuck" : "handler-error"];
    session.end({ code, reason: "", by: "server" });
    this.#isDone(session);
  }

  /** Threads end again and again: nobody new is let in, and those who are here wait for a while. */
  #backOff(delayMs: number): void {
    const { clock, emit } = this.#options;
    if (this.#retryTimer !== undefined) return;
    emit({ name: "threads-failing", restarts: this.#threadRestarts, retryAfterMs: delayMs });
    this.#retryTimer = clock.setTimer(() => {
      this.#retryTimer = undefined;
      this.#fill();
      for (const core of this.#waiting.splice(0)) this.start(core);
    }, delayMs);
  }

  // Time.

  #look(): void {
    const { clock } = this.#options;
    const now = clock.now();
    const elapsedMs = Math.min(now - this.#lookedAt, LATE_MS);
    this.#lookedAt = now;
    let spare = this.#kept - this.#options.threads;
    for (const thread of this.#threads) {
      thread.look(elapsedMs);
      if (thread.runs.size > 0 || !thread.isReady || !thread.isUsable) continue;
      if (thread.takesMore) spare -= 1;
      if (!thread.takesMore || spare >= 0) thread.stop("done");
    }
    this.#trials.look(elapsedMs);
    this.#lookTimer = clock.setTimer(() => this.#look(), LOOK_MS);
  }
}
