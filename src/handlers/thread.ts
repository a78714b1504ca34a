import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import { Deadlines } from "../runtime/deadlines.ts";
import type { Environment } from "../runtime/ports.ts";
import type { ReadEnd } from "../runtime/reader.ts";
import { ServerSessionRun } from "../runtime/server-session.ts";
import type { CloseInfo } from "../session/close-info.ts";
import { type CarriedError, ErrorCarrier } from "./carried-error.ts";
import { LaneReader, LaneWriter } from "./lane.ts";
import { loadHandler } from "./load-handler.ts";
import { asyncMessageContext } from "./message-context.ts";
import { Pulse } from "./pulse.ts";
import type { Told } from "./ring.ts";
import { type Handler, Supervisor } from "./supervisor.ts";
import {
  type Beginning,
  decodeValue,
  encodeValue,
  type LastWords,
  type Standing,
  ToServer,
  ToThread,
} from "./tellings.ts";
import { ThreadCore } from "./thread-core.ts";
import { READY, RUNNING, type Running, type ThreadData } from "./thread-data.ts";
import { ThreadRooms } from "./thread-rooms.ts";

/** Runs handlers in this thread, for the server in another. `errors`: classes that the server's rooms may throw. */
export async function runThread(errors: ConstructorParameters<typeof ErrorCarrier>[0]): Promise<void> {
  const thread = new ThreadSide(parentPort as MessagePort, workerData as ThreadData, new ErrorCarrier(errors));
  await thread.start();
}

/** This thread, as its handlers' sessions need it. */
class ThreadSide {
  readonly #port: MessagePort;
  readonly #data: ThreadData;
  readonly #carrier: ErrorCarrier;
  readonly #pulse: Pulse;
  readonly #writer: LaneWriter;
  readonly #reader: LaneReader;
  readonly #rooms: ThreadRooms;
  readonly #env: Environment;
  readonly #cores = new Map<number, ThreadCore>();
  readonly #exit = process.exit.bind(process);
  #supervisor: Supervisor | undefined;

  constructor(port: MessagePort, data: ThreadData, carrier: ErrorCarrier) {
    this.#port = port;
    this.#data = data;
    this.#carrier = carrier;
    this.#pulse = new Pulse(data.pulse);
    const bell = (): void => port.postMessage(undefined);
    this.#writer = new LaneWriter(data.toServer, bell, setImmediate);
    this.#reader = new LaneReader(data.toThread, bell, (told) => this.#onTold(told));
    const context = asyncMessageContext;
    this.#rooms = new ThreadRooms({
      context,
      tell: (telling, payload) => this.#writer.tell(telling, payload),
      waitForAnswer: () => this.#waitForAnswer(),
      decodeError: (bytes) => this.#decodeError(bytes),
    });
    const clock = {
      now: () => performance.now(),
      setTimer: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs).unref(),
      clearTimer: (timer: unknown) => clearTimeout(timer as NodeJS.Timeout),
    };
    const { limits } = data;
    // What happens to sessions is published by the server.
    this.#env = { clock, deadlines: new Deadlines(clock), limits, emit: () => {}, context, rooms: this.#rooms };
  }

  async start(): Promise<void> {
    this.#watchProcess();
    const handler = await this.#load();
    if (handler === undefined) return;
    this.#supervisor = new Supervisor(handler, asyncMessageContext);
    setInterval(() => this.#pulse.beat(), this.#data.beatMs).unref();
    this.#port.on("message", () => this.#onBell());
    this.#port.postMessage(READY);
    this.#onBell();
  }

  async #load(): Promise<Handler | undefined> {
    try {
      return await loadHandler(this.#data.module);
    } catch (error) {
      this.#end("start", error);
      return undefined;
    }
  }

  #onBell(): void {
    const wasOpen = this.#writer.isOpen;
    this.#reader.drain();
    this.#writer.flush();
    if (wasOpen) return;
    for (const core of this.#cores.values()) core.onRoom();
  }

  #onTold(told: Told): void {
    const { kind, run, a, b, bytes } = told;
    if (kind === ToThread.begin) {
      this.#begin(run, decodeValue(bytes) as Beginning);
      return;
    }
    // Calls have numbers of their own: rooms can be used longer than their session lives.
    if (kind === ToThread.result) this.#rooms.onResult(a, bytes);
    if (kind === ToThread.failure) this.#rooms.onFailed(a, bytes);
    const core = this.#cores.get(run);
    if (core === undefined) return;
    switch (kind) {
      case ToThread.message:
        core.onMessage(told);
        break;
      case ToThread.readEnd:
        core.onReadEnd(decodeValue(bytes) as ReadEnd);
        break;
      case ToThread.stopReading:
        core.inbox.stop();
        break;
      case ToThread.standing:
        core.onStanding(decodeValue(bytes) as Standing);
        break;
      case ToThread.ending:
        core.onEnding(decodeValue(bytes) as ReadEnd);
        break;
      case ToThread.closed:
        core.onClosed(decodeValue(bytes) as CloseInfo);
        break;
      case ToThread.accepted:
        core.onAccepted(a, b);
        break;
      case ToThread.flushed:
        core.onFlushed(a);
        break;
      case ToThread.reply:
        core.onReply(told);
        break;
    }
  }

  #begin(run: number, beginning: Beginning): void {
    const writer = this.#writer;
    const ports = {
      env: this.#env,
      tell: writer.tell.bind(writer),
      get isOpen() {
        return writer.isOpen;
      },
      encodeError: (error: unknown) => encodeValue(this.#carrier.pack(error)),
      encode: encodeValue,
      forget: (over: number) => void this.#cores.delete(over),
    };
    const core = new ThreadCore(ports, run, beginning);
    this.#cores.set(run, core);
    this.#supervisor?.start(core);
  }

  #waitForAnswer(): unknown {
    for (;;) {
      const { answers } = this.#pulse;
      this.#writer.ringNow();
      const answer = receiveMessageOnPort(this.#data.answers);
      if (answer !== undefined) return answer.message;
      this.#pulse.waitForAnswer(answers);
    }
  }

  #decodeError(bytes: Uint8Array): Error {
    return this.#carrier.unpack(decodeValue(bytes) as CarriedError);
  }

  // What handlers leave to nobody.

  #watchProcess(): void {
    process.on("unhandledRejection", (error) => this.#onUnhandled(error));
    process.on("uncaughtException", (error) => this.#onUnhandled(error));
    process.exit = (code) => {
      this.#say("exit", new Error(`a handler called process.exit(${code ?? ""})`));
      return this.#exit(code);
    };
    Object.defineProperty(globalThis, RUNNING, { value: () => JSON.stringify(this.#running()) });
  }

  /** What the running code is handling. */
  #running(): Running | undefined {
    const turn = asyncMessageContext.current();
    if (!(turn?.run instanceof ServerSessionRun)) return undefined;
    for (const [run, core] of this.#cores) if (core.run === turn.run) return { run, message: turn.sequence };
    return undefined;
  }

  /** What somebody's code let fail ends his session. What is nobody's ends the thread. */
  #onUnhandled(error: unknown): void {
    const running = this.#running();
    const core = running === undefined ? undefined : this.#cores.get(running.run);
    if (core === undefined) this.#end("uncaught", error);
    else core.handlerLeftFailure(error);
  }

  #say(why: LastWords["why"], error: unknown): void {
    const running = this.#running();
    const words: Omit<LastWords, "error"> & { readonly error: CarriedError } = {
      why,
      error: this.#carrier.pack(error),
      run: running?.run ?? 0,
      message: running?.message ?? 0,
    };
    this.#writer.tell({ kind: ToServer.lastWords, flags: 0, run: 0, a: 0, b: 0 }, encodeValue(words));
    this.#writer.ringNow();
  }

  #end(why: LastWords["why"], error: unknown): void {
    this.#say(why, error);
    this.#exit(1);
  }
}
