import type { Ended, HandlerThread } from "./handler-thread.ts";
import type { RemoteRun } from "./remote-run.ts";
import type { Supervised } from "./supervisor.ts";

/** A session that was in the middle of something when its thread ended. */
export interface Suspect {
  readonly core: Supervised;
  /** Messages that it had in hand. */
  readonly messages: number;
}

/** What trials need of the pool. */
export interface TrialPorts {
  /** A new thread, in which nobody is. */
  spawn(): HandlerThread;
  /** Whether threads may be started now. */
  readonly maySpawn: boolean;
  /** Takes over a thread in which nobody is suspected any more. */
  adopt(thread: HandlerThread): void;
  /** Runs the handler again, among others. */
  again(core: Supervised): void;
  /** The session will have no other run. */
  onDone(core: Supervised): void;
  /** It is certain: this one ends threads. */
  blame(run: RemoteRun, ended: Ended): void;
  readonly patienceMs: number;
}

/**
 * Finds out which of several sessions has ended their thread, when that could not be asked.
 *
 * They are let into another thread one by one, each with what it had in hand and no more; the next when the one before is
 * done with that. When the thread ends, too, the one that came last is tried again, alone: only then it is certain.
 */
export class Trials {
  readonly #ports: TrialPorts;
  readonly #suspects: Suspect[] = [];
  /** Those that were the last when a trial's thread ended. */
  readonly #prime: Suspect[] = [];
  #thread: HandlerThread | undefined;
  #current: { readonly run: RemoteRun; readonly suspect: Suspect; readonly isAlone: boolean } | undefined;
  #waitedMs = 0;

  constructor(ports: TrialPorts) {
    this.#ports = ports;
  }

  get thread(): HandlerThread | undefined {
    return this.#thread;
  }

  add(suspects: readonly Suspect[]): void {
    this.#suspects.push(...suspects);
    if (this.#current === undefined) this.next();
  }

  /** Goes on with the next suspect, or, when there is none, lets everybody go on. */
  next(): void {
    this.#current = undefined;
    if (!this.#ports.maySpawn) return;
    const isAlone = this.#prime.length > 0;
    if (isAlone) this.#release();
    const suspect = this.#prime.shift() ?? this.#suspects.shift();
    if (suspect === undefined) {
      this.#release();
    } else if (suspect.core.rewind()) {
      this.#thread ??= this.#ports.spawn();
      this.#waitedMs = 0;
      const run = this.#thread.begin(suspect.core, Math.max(1, suspect.messages));
      this.#current = { run, suspect, isAlone };
    } else {
      this.#ports.onDone(suspect.core);
      this.next();
    }
  }

  /** Whoever was tried in the present thread is innocent. */
  #release(): void {
    const thread = this.#thread;
    if (thread === undefined) return;
    this.#thread = undefined;
    this.#ports.adopt(thread);
    for (const run of thread.runs.values()) run.release();
  }

  /** A run is done with what it had in hand. */
  onQuiet(run: RemoteRun): void {
    const current = this.#current;
    if (run !== current?.run) return;
    if (current.isAlone) this.#release();
    this.next();
  }

  /** The thread of the trial has ended. */
  onEnd(runs: readonly RemoteRun[], ended: Ended): void {
    const current = this.#current;
    this.#thread = undefined;
    const isGuilty = ended.why !== "done" && ended.why !== "start";
    const culprit = ended.culprit ?? (runs.length === 1 ? runs[0] : undefined);
    for (const run of runs) {
      if (isGuilty && run === culprit) this.#ports.blame(run, ended);
      else if (isGuilty && culprit === undefined && run === current?.run) this.#prime.push(current.suspect);
      else this.#ports.again(run.session);
    }
    this.next();
  }

  /** So much time has passed. Who waits for something lets the next one try. */
  look(elapsedMs: number): void {
    const thread = this.#thread;
    const current = this.#current;
    thread?.look(elapsedMs);
    if (current === undefined) {
      if (this.#suspects.length + this.#prime.length > 0) this.next();
    } else if (thread?.isReady === true && thread.isUsable) {
      this.#waitedMs += elapsedMs;
      const { run } = current;
      if (run.isSettled || run.session.isEnding || this.#waitedMs > this.#ports.patienceMs) this.onQuiet(run);
    }
  }
}
