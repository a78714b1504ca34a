import type { Session } from "node:inspector";
import { RUNNING, type Running } from "./thread-data.ts";

/** What a thread was doing when it was asked. */
export interface Sample {
  /** Whose message it was handling; `undefined` when that was nobody's. */
  readonly running: Running | undefined;
  readonly stack: string;
}

/** What the engine says between two steps is nobody's: it is asked again, so many times. */
const MOST_TRIES = 8;
const MOST_FRAMES = 12;

interface Frame {
  readonly functionName: string;
  readonly location: { readonly scriptId: string; readonly lineNumber: number; readonly columnNumber?: number };
}

/** What the debugger in the thread says. */
interface Said {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly callFrames?: readonly Frame[]; readonly scriptId?: string; readonly url?: string };
  readonly result?: { readonly result?: { readonly value?: string } };
}

/**
 * Looks into a thread that does not answer: stops it for a moment, as a debugger does, and asks what it is handling. That
 * works in the middle of `while (true)`. It does not while native code runs: then there is no answer within the time.
 */
export async function probe(threadId: number, withinMs: number): Promise<Sample | undefined> {
  let session: Session;
  try {
    const inspector = await import("node:inspector");
    session = new inspector.Session();
    session.connect();
  } catch {
    // A Node without an inspector.
    return undefined;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), withinMs);
  });
  const sample = await Promise.race([new Probe(session, threadId).sample, late]);
  clearTimeout(timer);
  return sample;
}

/**
 * One look into one thread. It lets go by itself: when the thread runs again, or when it is gone. A thread that a debugger
 * holds cannot be ended.
 */
class Probe {
  readonly sample: Promise<Sample>;
  readonly #session: Session;
  readonly #urls = new Map<string, string>();
  #resolve: (sample: Sample) => void = () => {};
  #attached = "";
  #sent = 0;
  #tries = 0;
  /** What was found, and the number of what was asked last: with its answer the thread runs again. */
  #found: Sample | undefined;
  #last = 0;
  #frames: readonly Frame[] = [];

  constructor(session: Session, threadId: number) {
    this.#session = session;
    this.sample = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    session.on("NodeWorker.attachedToWorker", ({ params: { sessionId, workerInfo } }) => {
      // Its number is the inspector's own; the thread's is in the title.
      if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return;
      this.#attached = sessionId;
      this.#post("Debugger.enable");
      this.#post("Debugger.pause");
    });
    session.on("NodeWorker.receivedMessageFromWorker", ({ params: { sessionId, message } }) => {
      if (sessionId === this.#attached) this.#onSaid(JSON.parse(message) as Said);
    });
    session.on("NodeWorker.detachedFromWorker", ({ params: { sessionId } }) => {
      if (sessionId === this.#attached) this.#disconnect();
    });
    session.post("NodeWorker.enable", { waitForDebuggerOnStart: false }, () => {
      if (this.#attached === "") this.#disconnect();
    });
  }

  #post(method: string, params: object = {}): void {
    this.#sent += 1;
    const message = JSON.stringify({ id: this.#sent, method, params });
    this.#session.post("NodeWorker.sendMessageToWorker", { sessionId: this.#attached, message });
  }

  #onSaid({ id, method, params, result }: Said): void {
    if (this.#found !== undefined) {
      if (id === this.#last) this.#letGo(this.#found);
    } else if (method === "Debugger.scriptParsed") {
      this.#urls.set(params?.scriptId ?? "", params?.url ?? "");
    } else if (method === "Debugger.paused") {
      this.#frames = params?.callFrames ?? [];
      this.#post("Runtime.evaluate", { expression: `globalThis.${RUNNING}()`, returnByValue: true });
    } else if (result?.result !== undefined) {
      this.#onAnswer(result.result.value);
    }
  }

  #onAnswer(value: string | undefined): void {
    this.#tries += 1;
    this.#post("Debugger.resume");
    if (value === undefined && this.#tries < MOST_TRIES) {
      this.#post("Debugger.pause");
      return;
    }
    const stack = this.#frames.slice(0, MOST_FRAMES).map((frame) => this.#lineOf(frame));
    const running = value === undefined ? undefined : (JSON.parse(value) as Running);
    this.#found = { running, stack: stack.join("\n") };
    this.#post("Debugger.disable");
    this.#last = this.#sent;
  }

  /** Not in the middle of what the inspector has to say. */
  #disconnect(): void {
    setImmediate(() => this.#session.disconnect());
  }

  #letGo(sample: Sample): void {
    this.#resolve(sample);
    this.#disconnect();
  }

  #lineOf({ functionName, location }: Frame): string {
    const { scriptId, lineNumber, columnNumber = 0 } = location;
    const place = `${this.#urls.get(scriptId) ?? ""}:${lineNumber + 1}:${columnNumber + 1}`;
    return functionName === "" ? `    at ${place}` : `    at ${functionName} (${place})`;
  }
}
