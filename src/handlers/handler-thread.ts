import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { ThreadEnd } from "../runtime/ports.ts";
import type { Limits } from "../session/limits.ts";
import { type CarriedError, ErrorCarrier } from "./carried-error.ts";
import type { HandedContext } from "./handed-context.ts";
import { allocateRing, LaneReader, LaneWriter } from "./lane.ts";
import { Pulse } from "./pulse.ts";
import { RemoteRun, type RunPorts } from "./remote-run.ts";
import type { Told } from "./ring.ts";
import { probe, type Sample } from "./stack-probe.ts";
import type { Supervised } from "./supervisor.ts";
import { decodeValue, encodeValue, type LastWords, ToServer } from "./tellings.ts";
import { READY, type Running, type ThreadData } from "./thread-data.ts";

/** How often a thread says that it lives. */
const BEAT_MS = 100;
/** A thread that has been silent for so long is asked what it does, in case it dies of it. */
const CURIOUS_AFTER_MS = 250;
/** So long a thread that is silent has to say what it does. */
const ANSWER_MS = 150;
/** A module may take so long to be loaded. */
const START_MS = 30_000;

export interface HandlerThreadOptions {
  /** The module that runs handlers in a thread. */
  readonly entry: URL;
  /** The module whose default export is the handler. */
  readonly module: string;
  readonly limits: Limits;
  readonly stuckAfterMs: number;
  readonly threadHeapMb: number;
  readonly context: HandedContext;
  /** Classes of errors that rooms may throw. */
  readonly errors: ConstructorParameters<typeof ErrorCarrier>[0];
  readonly afterTurn: (callback: () => void) => void;
  readonly now: () => number;
}

/** How a thread ended. */
export interface Ended {
  readonly why: ThreadEnd;
  readonly error: unknown;
  /** Whose message it was that ended it, when that is certain. */
  readonly culprit: RemoteRun | undefined;
  readonly message: number;
  readonly stack: string | undefined;
}

export interface ThreadOwner {
  onReady(thread: HandlerThread, tookMs: number): void;
  onSettled(run: RemoteRun): void;
  onQuiet(run: RemoteRun): void;
  onEnd(thread: HandlerThread, ended: Ended): void;
}

/** A thread that runs handlers, as the server's thread has it. */
export class HandlerThread {
  readonly runs = new Map<number, RemoteRun>();
  /** Resolves when it is gone. */
  readonly gone: Promise<void>;
  isReady = false;
  /** Whether sessions may be added to those that are here. */
  takesMore = true;
  readonly #options: HandlerThreadOptions;
  readonly #owner: ThreadOwner;
  readonly #worker: Worker;
  /** Node forgets it when the thread is gone. */
  readonly id: number;
  readonly #pulse = new Pulse();
  readonly #writer: LaneWriter;
  readonly #reader: LaneReader;
  readonly #answers: MessagePort;
  readonly #ports: readonly MessagePort[];
  readonly #carrier: ErrorCarrier;
  readonly #startedAt: number;
  #made = 0;
  #beats = 0;
  #idle = 0;
  #silentMs = 0;
  #sample: Sample | undefined;
  #isAsking = false;
  #why: ThreadEnd | undefined;
  #error: unknown;
  #lastRunning: Running | undefined;
  #isGone = false;

  constructor(options: HandlerThreadOptions, owner: ThreadOwner) {
    this.#options = options;
    this.#owner = owner;
    this.#startedAt = options.now();
    this.#carrier = new ErrorCarrier(options.errors);
    const toThread = new MessageChannel();
    const toServer = new MessageChannel();
    const answers = new MessageChannel();
    const rings = { toThread: allocateRing(), toServer: allocateRing() };
    const workerData: ThreadData = {
      module: options.module,
      limits: options.limits,
      toThread: { memory: rings.toThread, port: toThread.port2 },
      toServer: { memory: rings.toServer, port: toServer.port2 },
      answers: answers.port2,
      pulse: this.#pulse.memory,
      beatMs: BEAT_MS,
    };
    this.#worker = new Worker(options.entry, {
      workerData,
      transferList: [toThread.port2, toServer.port2, answers.port2],
      resourceLimits: { maxOldGenerationSizeMb: options.threadHeapMb },
    });
    this.id = this.#worker.threadId;
    this.#answers = answers.port1;
    this.#ports = [toThread.port1, toServer.port1, answers.port1];
    const bell = (): void => this.#worker.postMessage(undefined);
    this.#writer = new LaneWriter({ memory: rings.toThread, port: toThread.port1 }, bell, options.afterTurn);
    const ends = { memory: rings.toServer, port: toServer.port1 };
    this.#reader = new LaneReader(ends, bell, (told) => this.#onTold(told));
    this.#worker.on("message", (said) => this.#onBell(said));
    this.#worker.on("error", (error) => {
      this.#error = error;
    });
    this.gone = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#onExit();
        resolve();
      });
    });
  }

  /** Whether it is neither gone nor about to be. */
  get isUsable(): boolean {
    return this.#why === undefined && !this.#isGone;
  }

  /** Runs the handler for this session here, and gives it so many messages until it is released. */
  begin(core: Supervised, allowance?: number): RemoteRun {
    this.#made += 1;
    const thread = this;
    const ports: RunPorts = {
      context: this.#options.context,
      tell: (telling, payload) => {
        if (!this.#isGone) this.#writer.tell(telling, payload);
      },
      get isOpen() {
        return thread.#writer.isOpen;
      },
      encodeError: (error) => encodeValue(this.#carrier.pack(error)),
      decodeError: (bytes) => this.#carrier.unpack(decodeValue(bytes) as CarriedError),
      answer: (value) => {
        this.#answers.postMessage(value);
        this.#pulse.answer();
      },
      onSettled: (run) => this.#owner.onSettled(run),
      onQuiet: (run) => this.#owner.onQuiet(run),
      forget: (run) => void this.runs.delete(run.number),
    };
    const run = new RemoteRun(core, this.#made, ports, allowance);
    this.runs.set(run.number, run);
    return run;
  }

  #onBell(said: unknown): void {
    if (said === READY) {
      this.isReady = true;
      this.#owner.onReady(this, this.#options.now() - this.#startedAt);
    }
    const wasOpen = this.#writer.isOpen;
    this.#reader.drain();
    this.#writer.flush();
    if (wasOpen) return;
    for (const run of this.runs.values()) run.onRoom();
  }

  #onTold(told: Told): void {
    if (told.kind === ToServer.lastWords) {
      const { why, error, run, message } = decodeValue(told.bytes) as LastWords;
      this.#why ??= why;
      this.#error = this.#carrier.unpack(error as CarriedError);
      this.#lastRunning = run === 0 ? undefined : { run, message };
    } else {
      this.runs.get(told.run)?.onTold(told);
    }
  }

  // Whether it lives.

  /** So much time has passed: if it has been silent for too long, it is ended. */
  look(elapsedMs: number): void {
    if (!this.isUsable) return;
    const { beats } = this.#pulse;
    const { idle } = this.#worker.performance.eventLoopUtilization();
    // Who waits for something to do does not hang, however rarely the machine lets it say so.
    if (beats !== this.#beats || idle !== this.#idle) {
      this.#beats = beats;
      this.#idle = idle;
      this.#silentMs = 0;
      this.#sample = undefined;
      return;
    }
    this.#silentMs += elapsedMs;
    if (!this.isReady) {
      if (this.#silentMs > START_MS) this.stop("start");
    } else if (this.#silentMs >= this.#options.stuckAfterMs + BEAT_MS) {
      this.#why = "stuck";
      void this.#ask().then(() => this.#worker.terminate());
    } else if (this.#silentMs >= CURIOUS_AFTER_MS && this.#sample === undefined) {
      void this.#ask();
    }
  }

  /** Asks the code that runs what it is handling. Who gives two answers while it hangs has no certain culprit. */
  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const beats = this.#beats;
    const sample = await probe(this.id, ANSWER_MS);
    this.#isAsking = false;
    // What went on in the meantime did not hang.
    if (sample === undefined || beats !== this.#pulse.beats) return;
    const before = this.#sample;
    this.#sample = before === undefined || isSame(before, sample) ? sample : { ...sample, running: undefined };
  }

  /** Ends it now. */
  stop(why: ThreadEnd): void {
    this.#why ??= why;
    void this.#worker.terminate();
  }

  #onExit(): void {
    // What it has told is done, although it is dead.
    this.#reader.drain();
    this.#isGone = true;
    for (const port of this.#ports) port.close();
    for (const run of this.runs.values()) run.onThreadEnd();
    this.#owner.onEnd(this, this.#describeEnd());
  }

  #describeEnd(): Ended {
    const isFull = (this.#error as NodeJS.ErrnoException | undefined)?.code === "ERR_WORKER_OUT_OF_MEMORY";
    const why = this.#why ?? (isFull ? "heap" : this.isReady ? "exit" : "start");
    const seen = this.#beats === this.#pulse.beats ? this.#sample : undefined;
    const running = why === "stuck" || why === "heap" ? seen?.running : this.#lastRunning;
    const culprit = running === undefined ? undefined : this.runs.get(running.run);
    return { why, error: this.#error, culprit, message: running?.message ?? 0, stack: seen?.stack };
  }
}

function isSame({ running: one }: Sample, { running: other }: Sample): boolean {
  return one?.run === other?.run && one?.message === other?.message;
}
